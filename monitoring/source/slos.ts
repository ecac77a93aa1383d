/** A promise that is measured as a share: how much of what was asked went wrong. */
export interface Slo {
  /** In the names of recorded series. */
  readonly name: string;
  readonly alert: string;
  /** Share that goes well, of the last 30 days. */
  readonly objective: number;
  /** What went wrong, and everything, per second over a window. */
  readonly bad: (window: string) => string;
  readonly all: (window: string) => string;
  readonly summary: string;
  /** What a user notices. */
  readonly impact: string;
  readonly runbook: string;
  /** It may wait until the morning even when the budget goes fast. */
  readonly neverPages?: true;
}

/** Codes of the protocol that are our fault: internal, overloaded or away, too slow. */
const OUR_CODES = '-32603|-32000|-32007';

const rate = (selector: string, window: string) => `sum by (job) (rate(${selector}[${window}]))`;

/** Slower than `le` seconds, which must be a bound of the histogram. */
const slower = (histogram: string, le: string, matchers: string) => ({
  bad: (window: string) =>
    `${rate(`${histogram}_count${matchers === '' ? '' : `{${matchers}}`}`, window)} - ${rate(`${histogram}_bucket{${matchers === '' ? '' : `${matchers},`}le="${le}"}`, window)}`,
  all: (window: string) => rate(`${histogram}_count${matchers === '' ? '' : `{${matchers}}`}`, window),
});

export const SLOS: readonly Slo[] = [
  {
    name: 'rpc_errors',
    alert: 'AssentRpcErrors',
    objective: 0.999,
    bad: (window) => rate(`assent_rpc_requests_total{code=~"${OUR_CODES}"}`, window),
    all: (window) => rate('assent_rpc_requests_total', window),
    summary: 'JSON-RPC calls fail by our fault',
    impact: 'Clients get internal, overloaded or timeout errors; what they ask for is not done.',
    runbook: 'rpc-errors',
  },
  {
    name: 'rpc_slow',
    alert: 'AssentRpcSlow',
    objective: 0.99,
    // A `stream` call waits as long as its caller says.
    ...slower('assent_rpc_request_seconds', '0.25', 'method!="stream"'),
    summary: 'JSON-RPC calls take longer than 250 ms',
    impact: 'Everything feels slow; callers with short timeouts give up and call again.',
    runbook: 'rpc-slow',
  },
  {
    name: 'rest_errors',
    alert: 'AssentRestErrors',
    objective: 0.999,
    bad: (window) => rate('assent_http_requests_total{status=~"5.."}', window),
    all: (window) => rate('assent_http_requests_total', window),
    summary: 'REST requests fail by our fault',
    impact: 'Reviewers cannot read or decide, streams do not open.',
    runbook: 'rest-errors',
  },
  {
    name: 'stream_gaps',
    alert: 'AssentStreamGaps',
    objective: 0.999,
    bad: (window) => rate('assent_stream_gaps_total', window),
    all: (window) => rate('assent_streams_opened_total', window),
    summary: 'Streams begin with a gap: frames were deleted before they were read',
    impact: 'Clients that come back late miss what happened meanwhile.',
    runbook: 'stream-gaps',
    neverPages: true,
  },
  {
    name: 'stream_lag',
    alert: 'AssentStreamLag',
    objective: 0.99,
    ...slower('assent_stream_lag_seconds', '2', ''),
    summary: 'Frames reach the streams of other replicas later than 2 s',
    impact: 'Streams stand still and then jump.',
    runbook: 'stream-lag',
  },
  {
    name: 'run_recovery_slow',
    alert: 'AssentRunRecoverySlow',
    objective: 0.99,
    ...slower('assent_run_recovery_seconds', '30', ''),
    summary: 'Runs of a dead replica go on later than the promised 30 s',
    impact: 'Runs stand still for longer than anybody was told.',
    runbook: 'run-recovery-slow',
  },
  {
    name: 'approvals_expired',
    alert: 'AssentApprovalsExpire',
    objective: 0.95,
    bad: (window) => rate('assent_approval_decisions_total{decision="expire"}', window),
    all: (window) => rate('assent_approval_decisions_total', window),
    summary: 'Approvals expire because nobody decides them',
    impact: 'Runs fail with reason gone although nothing is wrong with them.',
    runbook: 'approvals-expire',
    neverPages: true,
  },
  {
    name: 'webhook_failures',
    alert: 'AssentWebhookFailures',
    objective: 0.99,
    bad: (window) => rate('assent_webhook_attempts_total{outcome=~"retry|dead"}', window),
    all: (window) => rate('assent_webhook_attempts_total', window),
    summary: 'Webhook delivery attempts fail',
    impact: 'Receivers hear of events late, or not until somebody replays them.',
    runbook: 'webhook-failures',
    neverPages: true,
  },
];

/** How fast the budget of 30 days may go, seen over two windows: the long one is sure, the short one ends the alert soon. */
export interface BurnRate {
  readonly long: string;
  readonly short: string;
  readonly factor: number;
  readonly severity: 'page' | 'ticket';
}

/** The table of the Site Reliability Workbook, chapter 5: 2% of the budget in an hour, 5% in six, 10% in a day, 10% in three. */
export const BURN_RATES: readonly BurnRate[] = [
  { long: '1h', short: '5m', factor: 14.4, severity: 'page' },
  { long: '6h', short: '30m', factor: 6, severity: 'page' },
  { long: '1d', short: '2h', factor: 3, severity: 'ticket' },
  { long: '3d', short: '6h', factor: 1, severity: 'ticket' },
];

export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;

/** The recorded share of failures of an SLO over a window. */
export function recordName({ name }: Slo, window: string): string {
  return `job:assent_${name}:ratio_rate${window}`;
}

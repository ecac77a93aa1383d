import { readSamples, seriesOf, valueOf, type Sample } from './exposition';

export type BreakerState = 'closed' | 'half_open' | 'open';

/** What /metrics of one replica says of it, and of all of them. undefined: it has no such series. */
export interface Health {
  readonly replica: string | undefined;
  readonly activeRuns: number | undefined;
  readonly queued: number | undefined;
  readonly oldestQueuedSeconds: number | undefined;
  readonly waiting: number | undefined;
  readonly streams: number | undefined;
  readonly approvals: number | undefined;
  readonly oldestApprovalSeconds: number | undefined;
  readonly deadLetters: number | undefined;
  readonly pendingDeliveries: number | undefined;
  readonly connections: { readonly open: number; readonly idle: number; readonly waiting: number } | undefined;
  readonly breakers: readonly { readonly tool: string; readonly state: BreakerState }[];
  /** Sweeps with items that fail again and again. */
  readonly failing: readonly { readonly sweep: string; readonly items: number }[];
}

/** Values of `assent_tool_breaker_state`. */
const BREAKERS: readonly BreakerState[] = ['closed', 'half_open', 'open'];

export function healthOf(text: string): Health {
  const samples = readSamples(text);
  const value = (name: string, labels?: Readonly<Record<string, string>>): number | undefined =>
    valueOf(samples, `assent_${name}`, labels);
  return {
    replica: seriesOf(samples, 'assent_replica_info')[0]?.labels['replica'],
    activeRuns: value('active_runs'),
    queued: value('runs', { state: 'queued' }),
    oldestQueuedSeconds: value('run_oldest_seconds', { state: 'queued' }),
    waiting: value('runs', { state: 'waiting' }),
    streams: value('streams'),
    approvals: value('approvals_pending'),
    oldestApprovalSeconds: value('approval_oldest_seconds'),
    deadLetters: value('webhook_dead_deliveries'),
    pendingDeliveries: value('webhook_pending_deliveries'),
    connections: connectionsOf(value),
    breakers: seriesOf(samples, 'assent_tool_breaker_state').flatMap(breakerOf),
    failing: seriesOf(samples, 'assent_sweep_failing_items')
      .filter((sample) => sample.value > 0)
      .map(({ labels, value: items }) => ({ sweep: labels['sweep'] ?? '', items })),
  };
}

function connectionsOf(
  value: (name: string, labels: Readonly<Record<string, string>>) => number | undefined,
): Health['connections'] {
  const of = (state: string): number | undefined => value('database_connections', { state });
  const [open, idle, waiting] = [of('open'), of('idle'), of('waiting')];
  return open === undefined || idle === undefined || waiting === undefined ? undefined : { open, idle, waiting };
}

function breakerOf({ labels, value }: Sample): Health['breakers'][number][] {
  const state = BREAKERS[value];
  const { tool } = labels;
  return state === undefined || tool === undefined ? [] : [{ tool, state }];
}

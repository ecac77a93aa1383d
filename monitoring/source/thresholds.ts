/** An alert on a value, not on a budget. */
export interface Threshold {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
  readonly impact: string;
  readonly runbook: string;
}

const worst = (series: string, by = 'job') => `max by (${by}) (${series})`;

export const THRESHOLDS: readonly Threshold[] = [
  {
    alert: 'AssentDown',
    // A replica that service discovery has lost has no series at all; if it was the last, `absent` tells.
    expr: 'up{job="assent"} == 0 or absent(up{job="assent"})',
    for: '2m',
    severity: 'page',
    summary: 'A replica does not answer the scrape, or no replica runs',
    impact: 'One replica less; if it was the last, nothing answers.',
    runbook: 'down',
  },
  {
    alert: 'AssentRunOrphaned',
    expr: `${worst('assent_run_lease_overdue_seconds')} > 30`,
    for: '1m',
    severity: 'page',
    summary: 'A run has been without a replica for longer than the promised 30 s',
    impact: 'The run stands still; its stream shows nothing new.',
    runbook: 'run-orphaned',
  },
  {
    alert: 'AssentRunRetrying',
    expr: `${worst('assent_run_retrying_seconds')} > 60`,
    for: '1m',
    severity: 'page',
    summary: 'A run has been failing for more than a minute and is attempted again and again',
    impact: 'An approved change may be half done; the run ends only when the cause is gone.',
    runbook: 'run-retrying',
  },
  {
    alert: 'AssentSweepFailing',
    expr: `${worst('assent_sweep_failing_items', 'job, sweep')} > 0`,
    for: '10m',
    severity: 'ticket',
    summary: 'Periodic work of a replica fails again and again',
    impact:
      'What is due there is late: a run waits on, a decision is not carried out, old rows stay. All other work goes on.',
    runbook: 'sweep-failing',
  },
  {
    alert: 'AssentRunTakeovers',
    expr: 'sum by (job) (increase(assent_run_recovery_seconds_count[15m])) > 5',
    for: '0m',
    severity: 'ticket',
    summary: 'Replicas lose their runs: they die, or their heartbeats do not get through',
    impact: 'Steps in flight run again; runs are late.',
    runbook: 'run-takeovers',
  },
  {
    alert: 'AssentRunsFailInside',
    expr: 'sum by (job) (increase(assent_runs_given_up_total{reason="internal"}[15m])) > 0',
    for: '0m',
    severity: 'page',
    summary: 'Runs fail inside the server',
    impact: 'Users see runs that failed for a reason they can do nothing about.',
    runbook: 'runs-fail-inside',
  },
  {
    alert: 'AssentQueueOld',
    expr: `${worst('assent_run_oldest_seconds{state="queued"}')} > 60`,
    for: '5m',
    severity: 'page',
    summary: 'Runs wait in the queue for longer than a minute',
    impact: 'Runs that were accepted do not begin; at MAX_QUEUED_RUNS new ones are refused.',
    runbook: 'queue-old',
  },
  {
    alert: 'AssentApprovalTooOld',
    expr: `${worst('assent_approval_oldest_seconds')} > 4 * 3600`,
    for: '15m',
    severity: 'ticket',
    summary: 'An approval has been waiting for more than four hours',
    impact: 'Its run waits, and fails when the approval expires.',
    runbook: 'approval-too-old',
  },
  {
    alert: 'AssentApprovalExpiryStuck',
    expr: `${worst('assent_approval_overdue_seconds')} > 60`,
    for: '5m',
    severity: 'ticket',
    summary: 'Approvals whose time is up are not ended',
    impact: 'Runs wait for approvals that nobody can decide any more.',
    runbook: 'approval-expiry-stuck',
  },
  {
    alert: 'AssentWebhookBacklog',
    expr: `${worst('assent_webhook_oldest_due_seconds')} > 300`,
    for: '10m',
    severity: 'ticket',
    summary: 'Webhook deliveries that are due are more than five minutes late',
    impact: 'Receivers hear of events late.',
    runbook: 'webhook-backlog',
  },
  {
    alert: 'AssentToolBreakerOpen',
    expr: `${worst('assent_tool_breaker_state', 'job, tool')} == 2`,
    for: '5m',
    severity: 'ticket',
    summary: 'The circuit breaker of the tool {{ $labels.tool }} is open',
    impact: 'Calls of that tool are refused at once; runs that need it fail.',
    runbook: 'tool-breaker-open',
  },
  {
    alert: 'AssentToolErrors',
    expr:
      'sum by (job, tool) (rate(assent_tool_calls_total{outcome="error"}[15m])) / sum by (job, tool) (rate(assent_tool_calls_total[15m])) > 0.2 ' +
      'and sum by (job, tool) (increase(assent_tool_calls_total[15m])) > 10',
    for: '5m',
    severity: 'ticket',
    summary: 'More than a fifth of the calls of {{ $labels.tool }} fail or time out',
    impact: 'Runs fail, or plan again without what the tool would have said.',
    runbook: 'tool-errors',
  },
  {
    alert: 'AssentModelFailures',
    expr:
      'sum by (job) (rate(assent_model_calls_total{outcome!~"ok|cancelled"}[15m])) / sum by (job) (rate(assent_model_calls_total[15m])) > 0.1 ' +
      'and sum by (job) (increase(assent_model_calls_total[15m])) > 10',
    for: '5m',
    severity: 'ticket',
    summary: 'More than a tenth of the model calls fail',
    impact: 'Runs that a model plans fail with reason model_failed, or take longer.',
    runbook: 'model-failures',
  },
  {
    alert: 'AssentModelCost',
    expr: 'sum by (job) (increase(assent_model_cost_usd_total[1h])) > 4 * sum by (job) (increase(assent_model_cost_usd_total[1d])) / 24 and sum by (job) (increase(assent_model_cost_usd_total[1h])) > 10',
    for: '10m',
    severity: 'ticket',
    summary: 'The last hour of model calls cost more than 10 US dollars, and four times an hour of the last day',
    impact: 'Money; at LLM_TENANT_DAILY_COST_USD the runs of a tenant end with budget_exhausted.',
    runbook: 'model-cost',
  },
  {
    alert: 'AssentPlannerMiscalibrated',
    expr: `${worst('assent_planner_calibration_brier', 'job, source')} > 0.25 and ${worst('assent_planner_calibration_samples', 'job, source')} >= 50`,
    for: '1h',
    severity: 'ticket',
    summary: 'Probabilities from {{ $labels.source }} are worse than a coin',
    impact: 'Paths are scored on beliefs that turn out wrong; the wrong actions are chosen.',
    runbook: 'badly-scored-paths',
  },
  {
    alert: 'AssentMemoryDrift',
    // The lowest: only the replica whose agent has looked last knows the newest value.
    expr: 'min by (job) (assent_memory_gain{bound="lower"}) < 0',
    for: '30m',
    severity: 'ticket',
    summary: 'Runs with recalled memory may do worse than runs without',
    impact: 'What memory recalls leads plans astray; promotion is frozen.',
    runbook: 'memory-drift',
  },
  {
    alert: 'AssentDatabaseErrors',
    expr: 'sum by (job) (rate(assent_database_errors_total{kind="transient"}[5m])) > 0.2',
    for: '2m',
    severity: 'page',
    summary: 'Statements fail because of the connection, resources or conflicts',
    impact: 'Calls are answered with overloaded; runs try again and stand still meanwhile.',
    runbook: 'database-errors',
  },
  {
    alert: 'AssentDatabasePoolExhausted',
    expr: 'min_over_time(assent_database_connections{state="waiting"}[5m]) > 0',
    for: '5m',
    severity: 'ticket',
    summary: 'Statements of a replica wait for a connection all the time',
    impact: 'Everything of that replica is slower than the database.',
    runbook: 'database-pool-exhausted',
  },
  {
    alert: 'AssentDatabaseSlow',
    expr: 'histogram_quantile(0.99, sum by (job, le) (rate(assent_database_statement_seconds_bucket{kind="shared"}[5m]))) > 0.25',
    for: '10m',
    severity: 'ticket',
    summary: 'One statement in a hundred takes longer than 250 ms',
    impact: 'Calls, commits and streams are slow together.',
    runbook: 'database-slow',
  },
  {
    alert: 'AssentEventLoopLag',
    expr: 'nodejs_eventloop_lag_p99_seconds{job="assent"} > 0.25',
    for: '5m',
    severity: 'ticket',
    summary: 'The event loop of a replica is blocked for more than 250 ms',
    impact: 'Everything that replica does is late, heartbeats too: its runs may be taken over.',
    runbook: 'event-loop-lag',
  },
];

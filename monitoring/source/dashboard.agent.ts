import { REPLICAS, quantileOf, rateOf, type Row } from './panels';

/** What is counted in the database is told alike by every replica. */
const worst = (series: string, by = '') => `max${by === '' ? '' : ` by (${by})`} (${series})`;

/** What the agents do, what waits for a person, what memory and the planner are worth. */
export function agentRows(): Row[] {
  return [runs(), approvals(), tools(), models(), learning()];
}

function runs(): Row {
  return {
    title: 'Runs',
    stats: [
      {
        title: 'Queued',
        description: 'Runs that no replica has taken.',
        unit: 'short',
        series: [{ expr: worst('assent_runs{job="assent",state="queued"}'), legend: 'queued' }],
      },
      {
        title: 'Oldest queued',
        description: 'Above a minute, AssentQueueOld fires.',
        unit: 's',
        limit: 60,
        series: [{ expr: worst('assent_run_oldest_seconds{job="assent",state="queued"}'), legend: 'oldest' }],
      },
      {
        title: 'Without a replica',
        description: 'How long a run has been without one. More than 30 s is a broken promise.',
        unit: 's',
        limit: 30,
        series: [{ expr: worst('assent_run_lease_overdue_seconds{job="assent"}'), legend: 'overdue' }],
      },
    ],
    charts: [
      {
        title: 'Runs by state',
        description: 'Those that have not ended, of all replicas.',
        unit: 'short',
        series: [{ expr: worst('assent_runs{job="assent"}', 'state'), legend: '{{state}}' }],
      },
      {
        title: 'Started and ended',
        description: 'Runs a second.',
        unit: 'ops',
        series: [
          { expr: rateOf(`assent_runs_started_total{${REPLICAS}}`), legend: 'started' },
          { expr: rateOf(`assent_runs_ended_total{${REPLICAS}}`, 'state'), legend: '{{state}}' },
        ],
      },
      {
        title: 'Given up',
        description: 'Runs that failed because a phase could not be carried out; internal is our fault.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_runs_given_up_total{${REPLICAS}}`, 'reason'), legend: '{{reason}}' }],
      },
      {
        title: 'Phases, p95',
        description: 'Without their commits. Plan is the model, act and apply are tools.',
        unit: 's',
        series: [{ expr: quantileOf(0.95, 'assent_run_phase_seconds', REPLICAS, 'phase'), legend: '{{phase}}' }],
      },
      {
        title: 'Wait in the queue, p95',
        description: 'Above nothing much: MAX_ACTIVE_RUNS is reached everywhere.',
        unit: 's',
        series: [{ expr: quantileOf(0.95, 'assent_run_queue_seconds', REPLICAS), legend: 'p95' }],
      },
      {
        title: 'Takeovers, and runs let go',
        description: 'Runs taken over from replicas that died; runs that this replica had to let go.',
        unit: 'ops',
        series: [
          { expr: rateOf(`assent_run_recovery_seconds_count{${REPLICAS}}`), legend: 'taken over' },
          { expr: rateOf(`assent_runs_lost_total{${REPLICAS}}`), legend: 'let go' },
        ],
      },
    ],
  };
}

function approvals(): Row {
  return {
    title: 'Approvals',
    stats: [
      {
        title: 'Pending',
        description: 'Approvals that wait for a person.',
        unit: 'short',
        series: [{ expr: worst('assent_approvals_pending{job="assent"}'), legend: 'pending' }],
      },
      {
        title: 'Oldest pending',
        description: 'Above four hours, AssentApprovalTooOld fires.',
        unit: 's',
        limit: 14_400,
        series: [{ expr: worst('assent_approval_oldest_seconds{job="assent"}'), legend: 'oldest' }],
      },
      {
        title: 'Overdue',
        description: 'How long an approval should have expired already.',
        unit: 's',
        limit: 60,
        series: [{ expr: worst('assent_approval_overdue_seconds{job="assent"}'), legend: 'overdue' }],
      },
    ],
    charts: [
      {
        title: 'How approvals end',
        description: 'By a decision, by expiry, or because what they rested on was refuted.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_approval_decisions_total{${REPLICAS}}`, 'decision'), legend: '{{decision}}' }],
      },
      {
        title: 'Wait for a decision',
        description: 'From the request to its end.',
        unit: 's',
        series: [
          { expr: quantileOf(0.5, 'assent_approval_wait_seconds', REPLICAS), legend: 'p50' },
          { expr: quantileOf(0.95, 'assent_approval_wait_seconds', REPLICAS), legend: 'p95' },
        ],
      },
      {
        title: 'Feature flags',
        description: 'What was looked up, and what it said.',
        unit: 'ops',
        series: [
          {
            expr: rateOf(`assent_feature_flag_checks_total{${REPLICAS}}`, 'flag, enabled'),
            legend: '{{flag}} {{enabled}}',
          },
        ],
      },
    ],
  };
}

function tools(): Row {
  return {
    title: 'Tools',
    charts: [
      {
        title: 'Calls that fail',
        description: 'Share of the calls of each tool.',
        unit: 'percentunit',
        limit: 0.2,
        series: [
          {
            expr: `${rateOf(`assent_tool_calls_total{${REPLICAS},outcome="error"}`, 'tool')} / ${rateOf(`assent_tool_calls_total{${REPLICAS}}`, 'tool')}`,
            legend: '{{tool}}',
          },
        ],
      },
      {
        title: 'Calls, p95',
        description: 'How long the operations of each tool take.',
        unit: 's',
        series: [
          {
            expr: quantileOf(0.95, 'assent_tool_call_seconds', REPLICAS, 'tool, operation'),
            legend: '{{tool}} {{operation}}',
          },
        ],
      },
      {
        title: 'Circuit breakers',
        description: '0 closed, 1 half open, 2 open.',
        unit: 'short',
        limit: 2,
        series: [{ expr: worst(`assent_tool_breaker_state{${REPLICAS}}`, 'tool'), legend: '{{tool}}' }],
      },
    ],
  };
}

function models(): Row {
  return {
    title: 'Models',
    charts: [
      {
        title: 'Calls by outcome',
        description: 'ok, or how they failed.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_model_calls_total{${REPLICAS}}`, 'outcome'), legend: '{{outcome}}' }],
      },
      {
        title: 'Calls, p95',
        description: 'Retries included.',
        unit: 's',
        series: [{ expr: quantileOf(0.95, 'assent_model_call_seconds', REPLICAS, 'purpose'), legend: '{{purpose}}' }],
      },
      {
        title: 'Tokens and cost',
        description: 'Tokens a second; US dollars an hour by the configured prices.',
        unit: 'short',
        series: [
          { expr: rateOf(`assent_model_tokens_total{${REPLICAS}}`, 'direction'), legend: '{{direction}}' },
          { expr: `sum (increase(assent_model_cost_usd_total{${REPLICAS}}[1h]))`, legend: 'US dollars, last hour' },
        ],
      },
    ],
  };
}

function learning(): Row {
  return {
    title: 'Planner and memory',
    charts: [
      {
        title: 'Brier score by source',
        description: '0 is perfect, 0.25 is a coin. Above it for an hour, AssentPlannerMiscalibrated fires.',
        unit: 'short',
        limit: 0.25,
        series: [{ expr: worst(`assent_planner_calibration_brier{${REPLICAS}}`, 'source'), legend: '{{source}}' }],
      },
      {
        title: 'What memory is worth',
        description: 'Success of runs with recalled fragments minus that of the control runs, with its 95% interval.',
        unit: 'percentunit',
        series: [{ expr: worst(`assent_memory_gain{${REPLICAS}}`, 'bound'), legend: '{{bound}}' }],
      },
      {
        title: 'Recalls',
        description: 'By how they ended.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_memory_recalls_total{${REPLICAS}}`, 'result'), legend: '{{result}}' }],
      },
      {
        title: 'Memory plans and runs of the agent',
        description: 'What became of them.',
        unit: 'ops',
        series: [
          { expr: rateOf(`assent_memory_plans_total{${REPLICAS}}`, 'state'), legend: 'plan {{state}}' },
          { expr: rateOf(`assent_memory_runs_total{${REPLICAS}}`, 'state'), legend: 'agent {{state}}' },
        ],
      },
    ],
  };
}

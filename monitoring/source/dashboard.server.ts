import { REPLICAS, quantileOf, rateOf, type Row } from './panels';

/** The machine room. */
export function serverRows(): Row[] {
  return [doors(), streams(), webhooks(), database(), process()];
}

function doors(): Row {
  return {
    title: 'Calls',
    charts: [
      {
        title: 'JSON-RPC calls by method',
        description: 'Answered calls a second.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_rpc_requests_total{${REPLICAS}}`, 'method'), legend: '{{method}}' }],
      },
      {
        title: 'JSON-RPC errors by code',
        description: '-32603, -32000 and -32007 are our fault; the others are answers.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_rpc_requests_total{${REPLICAS},code!="0"}`, 'code'), legend: '{{code}}' }],
      },
      {
        title: 'JSON-RPC calls, p99',
        description: 'A stream call waits as long as its caller says, and is left out.',
        unit: 's',
        limit: 0.25,
        series: [
          {
            expr: quantileOf(0.99, 'assent_rpc_request_seconds', `${REPLICAS},method!="stream"`, 'method'),
            legend: '{{method}}',
          },
        ],
      },
      {
        title: 'REST requests by status',
        description: 'Routes of reviewers, streams and administration.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_http_requests_total{${REPLICAS}}`, 'status'), legend: '{{status}}' }],
      },
      {
        title: 'REST requests, p99',
        description: 'Streams left out.',
        unit: 's',
        series: [{ expr: quantileOf(0.99, 'assent_http_request_seconds', REPLICAS, 'route'), legend: '{{route}}' }],
      },
    ],
  };
}

function streams(): Row {
  return {
    title: 'Streams',
    charts: [
      {
        title: 'Open streams',
        description: 'At MAX_STREAMS further ones get 503.',
        unit: 'short',
        series: [{ expr: `sum by (instance) (assent_streams{${REPLICAS}})`, legend: '{{instance}}' }],
      },
      {
        title: 'Opened, cut off, with a gap',
        description: 'Cut off: the client does not read. Gap: it came back after retention had deleted frames.',
        unit: 'ops',
        series: [
          { expr: rateOf(`assent_streams_opened_total{${REPLICAS}}`), legend: 'opened' },
          { expr: rateOf(`assent_streams_cut_off_total{${REPLICAS}}`), legend: 'cut off' },
          { expr: rateOf(`assent_stream_gaps_total{${REPLICAS}}`), legend: 'gap' },
        ],
      },
      {
        title: 'Lag between replicas',
        description:
          'From the commit of a frame until it goes out at another replica. 1 s: the hints do not get through.',
        unit: 's',
        limit: 2,
        series: [
          { expr: quantileOf(0.5, 'assent_stream_lag_seconds', REPLICAS), legend: 'p50' },
          { expr: quantileOf(0.99, 'assent_stream_lag_seconds', REPLICAS), legend: 'p99' },
        ],
      },
      {
        title: 'Frames',
        description: 'Committed a second.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_frames_total{${REPLICAS}}`, 'instance'), legend: '{{instance}}' }],
      },
    ],
  };
}

function webhooks(): Row {
  return {
    title: 'Webhooks',
    charts: [
      {
        title: 'Attempts by outcome',
        description: 'dead: given up, waits for a replay.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_webhook_attempts_total{${REPLICAS}}`, 'outcome'), legend: '{{outcome}}' }],
      },
      {
        title: 'Backlog',
        description: 'Deliveries on their way, and those that were given up; of all replicas.',
        unit: 'short',
        series: [
          { expr: 'max (assent_webhook_pending_deliveries{job="assent"})', legend: 'pending' },
          { expr: 'max (assent_webhook_dead_deliveries{job="assent"})', legend: 'dead' },
        ],
      },
      {
        title: 'Late, and slow receivers',
        description: 'Delay of the oldest due delivery; duration of attempts.',
        unit: 's',
        limit: 300,
        series: [
          { expr: 'max (assent_webhook_oldest_due_seconds{job="assent"})', legend: 'oldest due' },
          { expr: quantileOf(0.95, 'assent_webhook_attempt_seconds', REPLICAS), legend: 'attempt, p95' },
        ],
      },
    ],
  };
}

function database(): Row {
  return {
    title: 'Database',
    charts: [
      {
        title: 'Statements, p99',
        description: 'The wait for a connection included.',
        unit: 's',
        limit: 0.25,
        series: [
          { expr: quantileOf(0.99, 'assent_database_statement_seconds', REPLICAS, 'kind'), legend: '{{kind}}' },
          { expr: quantileOf(0.99, 'assent_run_commit_seconds', REPLICAS), legend: 'commit of a run' },
        ],
      },
      {
        title: 'Commits that share a transaction',
        description: 'Mean number of commits of runs in one transaction; 1: each alone.',
        unit: 'short',
        series: [
          {
            expr: `sum by (instance) (rate(assent_database_group_wait_seconds_count{${REPLICAS}}[$__rate_interval])) / sum by (instance) (rate(assent_database_groups_total{${REPLICAS}}[$__rate_interval]))`,
            legend: '{{instance}}',
          },
        ],
      },
      {
        title: 'Wait for the transaction before',
        description: 'A lone commit does not wait.',
        unit: 's',
        series: [
          { expr: quantileOf(0.5, 'assent_database_group_wait_seconds', REPLICAS), legend: 'p50' },
          { expr: quantileOf(0.99, 'assent_database_group_wait_seconds', REPLICAS), legend: 'p99' },
        ],
      },
      {
        title: 'Statements that fail',
        description: 'transient: connection, resources, conflicts. refused: the statement itself.',
        unit: 'ops',
        series: [{ expr: rateOf(`assent_database_errors_total{${REPLICAS}}`, 'kind'), legend: '{{kind}}' }],
      },
      {
        title: 'Connections',
        description: 'Waiting above 0 for long: too few connections, or a slow database.',
        unit: 'short',
        series: [
          {
            expr: `sum by (instance, state) (assent_database_connections{${REPLICAS}})`,
            legend: '{{instance}} {{state}}',
          },
        ],
      },
    ],
  };
}

function process(): Row {
  return {
    title: 'Processes',
    charts: [
      {
        title: 'Event loop, p99',
        description: 'Above 250 ms, AssentEventLoopLag fires.',
        unit: 's',
        limit: 0.25,
        series: [{ expr: `nodejs_eventloop_lag_p99_seconds{${REPLICAS}}`, legend: '{{instance}}' }],
      },
      {
        title: 'CPU',
        description: 'Cores in use. One process uses little more than one.',
        unit: 'short',
        series: [{ expr: rateOf(`process_cpu_seconds_total{${REPLICAS}}`, 'instance'), legend: '{{instance}}' }],
      },
      {
        title: 'Memory',
        description: 'Resident, and the heap in use.',
        unit: 'bytes',
        series: [
          { expr: `process_resident_memory_bytes{${REPLICAS}}`, legend: '{{instance}} resident' },
          { expr: `nodejs_heap_size_used_bytes{${REPLICAS}}`, legend: '{{instance}} heap' },
        ],
      },
      {
        title: 'Runs at work',
        description: 'At MAX_ACTIVE_RUNS, further ones queue.',
        unit: 'short',
        series: [{ expr: `sum by (instance) (assent_active_runs{${REPLICAS}})`, legend: '{{instance}}' }],
      },
    ],
  };
}

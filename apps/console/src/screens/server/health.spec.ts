import { healthOf } from './health';

const TEXT = `assent_replica_info{replica="01a2"} 1
assent_active_runs 2
assent_runs{state="queued"} 3
assent_runs{state="running"} 2
assent_runs{state="waiting"} 4
assent_run_oldest_seconds{state="queued"} 61
assent_streams 5
assent_approvals_pending 6
assent_approval_oldest_seconds 7
assent_webhook_dead_deliveries 8
assent_webhook_pending_deliveries 9
assent_database_connections{state="open"} 4
assent_database_connections{state="idle"} 1
assent_database_connections{state="waiting"} 0
assent_tool_breaker_state{tool="file.write"} 0
assent_tool_breaker_state{tool="http.get"} 2
assent_tool_breaker_state{tool="sql.query"} 1
assent_sweep_failing_items{sweep="frames"} 0
assent_sweep_failing_items{sweep="runs"} 4
`;

describe('the health of a replica', () => {
  it('is read from its metrics', () => {
    expect(healthOf(TEXT)).toEqual({
      replica: '01a2',
      activeRuns: 2,
      queued: 3,
      oldestQueuedSeconds: 61,
      waiting: 4,
      streams: 5,
      approvals: 6,
      oldestApprovalSeconds: 7,
      deadLetters: 8,
      pendingDeliveries: 9,
      connections: { open: 4, idle: 1, waiting: 0 },
      breakers: [
        { tool: 'file.write', state: 'closed' },
        { tool: 'http.get', state: 'open' },
        { tool: 'sql.query', state: 'half_open' },
      ],
      failing: [{ sweep: 'runs', items: 4 }],
    });
  });

  it('does not make up what a server does not say', () => {
    const health = healthOf('assent_active_runs 0\nassent_tool_breaker_state{tool="x"} 7\n');
    expect(health).toMatchObject({ activeRuns: 0, breakers: [], failing: [] });
    expect([health.replica, health.queued, health.connections, health.deadLetters]).toEqual(Array(4).fill(undefined));
  });
});

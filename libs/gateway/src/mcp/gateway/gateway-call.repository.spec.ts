import { Pool } from 'pg';
import { Database } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { GatewayCallRepository } from './gateway-call.repository';

const DAYS = 14;

describe('calls through the gateway', () => {
  let own: TestDatabase;
  let pool: Pool;
  let database: Database;
  let calls: GatewayCallRepository;

  beforeAll(async () => {
    own = await createTestDatabase();
    pool = new Pool({ connectionString: own.url });
    database = new Database(pool);
    calls = new GatewayCallRepository(database);
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  /** @param ended days since the run has ended; null: it waits */
  const call = async (key: string, ended: number | null, isPurged = true) => {
    await pool.query(
      `with run as (
         insert into runs (id, tenant_id, requester, state, phase, step, fence, seq, workspace, goal, request_id, params, recalled,
           created_at, updated_at, finished_at, purged)
         select gen_random_uuid(), 'a', 'ann', case when $2::integer is null then 'waiting' else 'completed' end, 'observe', 1, 1, 1, 'w',
           'g', 'r', '{}', '{}', now() - interval '60 days', now(), now() - make_interval(days => $2::integer), $3
         returning id)
       insert into gateway_calls (run_id, tenant_id, subject, key, args_hash, is_key_given, server, tool, client, created_at)
       select id, 'a', 'ann', $1, 'h', true, 's', 'mcp.s.t', 'c', now() - interval '60 days' from run`,
      [key, ended, isPurged],
    );
  };

  it('are deleted some time after their results, in steps, and never before they end', async () => {
    await call('open', null, false);
    await call('recent', DAYS - 1);
    await call('not purged yet', DAYS + 1, false);
    for (const key of ['old 1', 'old 2', 'old 3']) await call(key, DAYS + 1);
    expect([await calls.purge(DAYS, 2), await calls.purge(DAYS, 2), await calls.purge(DAYS, 2)]).toEqual([2, 1, 0]);
    const { rows } = await pool.query<{ key: string }>('select key from gateway_calls order by key');
    expect(rows.map(({ key }) => key)).toEqual(['not purged yet', 'open', 'recent']);
  });
});

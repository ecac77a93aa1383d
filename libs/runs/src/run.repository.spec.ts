import { Client } from 'pg';
import type { RunState } from '@assent/contract';
import { compile, type Database, type Sql } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { RunRepository } from './run.repository';

const RUNS = 20_000;

describe('the list of runs, among very many completed ones of one requester', () => {
  let own: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    own = await createTestDatabase();
    client = new Client(own.url);
    await client.connect();
    await client.query(
      `insert into runs (id, tenant_id, requester, state, phase, step, fence, seq, workspace, goal, request_id, params, recalled, created_at, updated_at, finished_at)
       select gen_random_uuid(), 't', 'r', 'completed', 'plan', 1, 1, 1, 'w', 'g', 'q', '{}', '{}', now(), now(), now() from generate_series(1, $1)`,
      [RUNS],
    );
    await client.query('analyze runs');
  });
  afterAll(async () => {
    await client.end();
    await own.drop();
  });

  async function planOf(filter: { state?: RunState; requester?: string }): Promise<string> {
    const sent: Sql[] = [];
    const database = { query: (statement: Sql) => Promise.resolve(sent.push(statement) && []) };
    await new RunRepository(database as unknown as Database).list('t', filter, null, 50);
    const [statement] = sent;
    if (!statement) throw new Error('nothing was sent');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${compile(statement).text}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  it.each([
    ['queued', 'runs_active'],
    ['running', 'runs_active'],
    ['waiting', 'runs_waiting'],
    ['failed', 'runs_unsuccessful'],
    ['cancelled', 'runs_unsuccessful'],
    ['completed', 'runs_listing'],
  ] as const)('%s: by the index %s, also as a prepared statement', async (state, index) => {
    expect(await planOf({ state })).toContain(` ${index} `);
  });

  it('of a requester: by the index runs_requester, also as a prepared statement', async () => {
    expect(await planOf({ requester: 'r' })).toContain(' runs_requester ');
  });
});

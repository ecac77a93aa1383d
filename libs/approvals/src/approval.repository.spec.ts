import { Client } from 'pg';
import { compile, type Config, type Database, type Sql } from '@assent/platform';
import type { ClientRedactor } from '@assent/runs';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { ApprovalRepository, type ApprovalFilter } from './approval.repository';

const APPROVALS = 20_000;
const ALL: ApprovalFilter = {
  state: null,
  runId: null,
  tool: null,
  requester: null,
  subject: null,
  workspace: null,
  risk: null,
};

describe('the list of approvals, among very many approved ones', () => {
  let own: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    own = await createTestDatabase();
    client = new Client(own.url);
    await client.connect();
    await client.query(
      `insert into approvals (id, tenant_id, request_id, state, hash, tool, workspace, requester, rule, created_at, expires_at)
       select id, 't', id::text, 'approved', 'h', 'file.write', 'w', 'requester ' || (n % 100), 'r', now(), now()
       from (select gen_random_uuid() as id, n from generate_series(1, $1::integer) as n) as new`,
      [APPROVALS],
    );
    await client.query('analyze approvals');
  });
  afterAll(async () => {
    await client.end();
    await own.drop();
  });

  async function planOf(filter: Partial<ApprovalFilter>): Promise<string> {
    const sent: Sql[] = [];
    const database = { query: (statement: Sql) => Promise.resolve(sent.push(statement) && []) };
    const unused: unknown = null;
    const repository = new ApprovalRepository(
      database as unknown as Database,
      unused as ClientRedactor,
      unused as Config,
    );
    await repository.list('t', { ...ALL, ...filter, after: null, q: null, order: 'created', limit: 50 });
    const [statement] = sent;
    if (!statement) throw new Error('nothing was sent');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${compile(statement).text}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  it.each([
    [{ state: 'rejected' }, 'approvals_refused'],
    [{ state: 'expired' }, 'approvals_refused'],
    [{ state: 'cancelled' }, 'approvals_refused'],
    [{ state: 'voided' }, 'approvals_refused'],
    [{ requester: 'requester 1' }, 'approvals_requester'],
    [{ state: 'approved' }, 'approvals_listing'],
  ] as const)('%j: by the index %s, also as a prepared statement', async (filter, index) => {
    expect(await planOf(filter)).toContain(` ${index} `);
  });
});

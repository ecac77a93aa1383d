import { Pool } from 'pg';
import { Database, loadConfig } from '@assent/platform';
import type { JsonObject } from '@assent/contract';
import { ClientRedactor, Redaction } from '@assent/runs';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { InboxRepository } from './inbox.repository';

class PlainText extends Redaction {
  redact(value: JsonObject): JsonObject {
    return value;
  }
}

/** More events than two statements number. */
const BACKLOG = 1_203;

describe('an inbox without followers', () => {
  let own: TestDatabase;
  let pool: Pool;
  let database: Database;
  let inbox: InboxRepository;

  beforeAll(async () => {
    own = await createTestDatabase();
    pool = new Pool({ connectionString: own.url });
    database = new Database(pool);
    inbox = new InboxRepository(database, new ClientRedactor(new PlainText()), loadConfig({}, __dirname));
  });
  afterEach(() => pool.query('delete from approval_events'));
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  /** The columns that the trigger writes. */
  const happen = (tenantId: string, count: number, days = 0) =>
    pool.query(
      `insert into approval_events (id, tenant_id, approval_id, type, at, body)
       select gen_random_uuid(), $1, gen_random_uuid(), 'approval.requested', now() - make_interval(days => $3),
         json_build_object('number', n) from generate_series(1, $2) n`,
      [tenantId, count, days],
    );
  const withoutPlace = async (): Promise<number> => {
    const {
      rows: [row],
    } = await pool.query<{ count: number }>('select count(*)::integer as count from approval_events where seq is null');
    return row?.count ?? -1;
  };

  it('numbers its whole backlog in order before the first poll', async () => {
    await happen('backlog', BACKLOG);
    expect(await inbox.head('backlog')).toBe(BACKLOG);
    const last = await inbox.read('backlog', BACKLOG - 1, 10);
    expect(last.map(({ json }) => JSON.parse(json) as unknown)).toMatchObject([{ seq: BACKLOG, number: BACKLOG }]);
    expect(await withoutPlace()).toBe(0);
  });

  it('leaves no event of any tenant unnumbered, so that retention covers all of them', async () => {
    const tenants = ['a', 'b', 'c', 'd', 'e'];
    for (const tenant of tenants) await happen(tenant, tenant === 'c' ? BACKLOG : 2, 30);
    await inbox.sequenceAll(2);
    expect(await withoutPlace()).toBe(0);
    for (const tenant of tenants) expect(await inbox.head(tenant)).toBe(tenant === 'c' ? BACKLOG : 2);
    while ((await inbox.purge(7, 1_000)) === 1_000);
    expect((await pool.query('select from approval_events')).rows).toEqual([]);
  });

  it('reads the next events without a place by an index, in the order they were written', async () => {
    const {
      rows: [index],
    } = await pool.query<{ definition: string }>(
      `select pg_get_indexdef('approval_events_new'::regclass) as definition`,
    );
    expect(index?.definition).toMatch(/\(tenant_id, place\) WHERE \(seq IS NULL\)/);
  });
});

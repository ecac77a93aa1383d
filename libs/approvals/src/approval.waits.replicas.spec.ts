import { Client, Pool } from 'pg';
import { Database, createLog, loadConfig } from '@assent/platform';
import { RunNotifier, type ClientRedactor, type FrameStreams } from '@assent/runs';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { eventually } from '@assent/test-support/eventually';
import { ApprovalRepository } from './approval.repository';
import { ApprovalWaits, type ApprovalWaitEnd } from './approval.waits';

const TENANT = 'acme';
const WITHIN_MS = 60_000;
/** Redaction: a wait reads no texts. */
const UNUSED: unknown = {};

interface Replica {
  readonly notifier: RunNotifier;
  readonly waits: ApprovalWaits;
  close(): Promise<void>;
}

describe('waits for approvals on several replicas', () => {
  let own: TestDatabase;
  let sql: Client;
  let here: Replica;
  let other: Replica;

  beforeAll(async () => {
    own = await createTestDatabase();
    sql = new Client({ connectionString: own.url });
    await sql.connect();
    [here, other] = await Promise.all([startReplica(own.url), startReplica(own.url)]);
  });
  afterAll(async () => {
    await Promise.all([here, other].map((replica) => replica.close()));
    await sql.end();
    await own.drop();
  });

  const request = async (): Promise<string> => {
    const { rows } = await sql.query<{ id: string }>(
      `insert into approvals (id, tenant_id, request_id, state, hash, tool, workspace, requester, rule, created_at, expires_at, subject_type, subject_id)
       values (gen_random_uuid(), $1, gen_random_uuid()::text, 'pending', 'h1', 't', '', 'ann', 'default', now(), now() + interval '1 hour',
         'tool_trust', gen_random_uuid()::text) returning id`,
      [TENANT],
    );
    return rows[0]?.id ?? '';
  };
  const end = (id: string, state: string) => sql.query('update approvals set state = $2 where id = $1', [id, state]);
  const waitFor = (approvalId: string, at: Replica): Promise<ApprovalWaitEnd> =>
    at.waits.wait({ tenantId: TENANT, approvalId }, { withinMs: WITHIN_MS, signal: new AbortController().signal });

  it('wakes the waits of both replicas by the notification of one', async () => {
    const id = await request();
    const waiting = [waitFor(id, here), waitFor(id, other)];
    await end(id, 'approved');
    here.notifier.notifyApproval(id);
    expect(await Promise.all(waiting)).toEqual(['approved', 'approved']);
  });

  it('finds a decision whose notification was lost with its connection', async () => {
    const id = await request();
    const waiting = waitFor(id, other);
    await sql.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'assent-listen-%'`);
    await end(id, 'rejected');
    here.notifier.notifyApproval(id);
    expect(await waiting).toBe('rejected');
    const again = await request();
    await eventually('both replicas listen again', async () => {
      const { rows } = await sql.query(`select from pg_stat_activity where datname = current_database()
        and application_name like 'assent-listen-%' and query like 'listen%'`);
      return rows.length === 2;
    });
    const next = waitFor(again, other);
    await end(again, 'voided');
    here.notifier.notifyApproval(again);
    expect(await next).toBe('voided');
  });
});

async function startReplica(url: string): Promise<Replica> {
  const config = loadConfig({ DATABASE_URL: url, LOG_LEVEL: 'fatal' }, __dirname);
  const log = createLog(config);
  const pool = new Pool({ connectionString: url });
  const database = new Database(pool);
  const notifier = new RunNotifier(database, config, log);
  await notifier.onModuleInit();
  const streams = { hold: () => () => undefined } as unknown as FrameStreams;
  const approvals = new ApprovalRepository(database, UNUSED as ClientRedactor, config);
  const waits = new ApprovalWaits(approvals, notifier, streams, log);
  waits.onModuleInit();
  const close = async (): Promise<void> => {
    waits.beforeApplicationShutdown();
    await notifier.onApplicationShutdown();
    await database.close();
  };
  return { notifier, waits, close };
}

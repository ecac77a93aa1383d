import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { smoke } from '../smoke/smoke';
import { insertAnyRow } from '../support/any-row';
import { Caller } from '../support/caller';
import { EVENT_SETTINGS, EventReceiver } from '../support/event-receiver';
import { framesUntil } from '../support/frames';
import { askHook, pendingQuestion } from '../support/hooks';
import { askMcp, writeCountingServer } from '../support/mcp-gateway';
import { decide, startPending, type Pending } from '../support/pending';
import { person } from '../support/people';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres';
import { PreviousVersion } from '../support/previous-version';
import {
  DEVELOPER_KEY,
  REVIEWER_KEY,
  startServer,
  type ServerProcess,
  type ServerSettings,
} from '../support/server-process';
import { createWebhook } from '../support/webhooks';
import { WorkFolder } from '../support/work-folder';

/** The first migration of this release: the commit before it is the version that is upgraded. */
const BEFORE = 'apps/server/src/migrations/1764800000000-feature-flags.ts';
/** Tables that were added since and get their rows by operations: those a caller of the version before could meet. */
const BY_OPERATIONS = [
  'agent_permissions',
  'approval_events',
  'event_subscriptions',
  'feature_flags',
  'gateway_calls',
  'identities',
  'installation_keys',
  'memory_action_outcomes',
  'memory_families',
  'memory_statement_outcomes',
  'webhook_deliveries',
  'webhook_endpoints',
  'webhook_events',
];
/** All tables that were added since. */
const ADDED = 37;
const CLI = join(__dirname, '../../dist/server/cli.js');
const run = promisify(execFile);

/** The steps of docs/upgrade.md, from the schema of the version before and back again. */
describe('an upgrade', () => {
  let database: TestDatabase;
  let sql: Client;
  let folder: WorkFolder;
  let notes: string;
  let receiver: EventReceiver;
  let previous: PreviousVersion;
  let before: ServerProcess;
  let now: ServerProcess;
  const servers: ServerProcess[] = [];
  let waiting: Pending;
  let earlierTables: string[];

  const developer = (server: ServerProcess) => new Caller(server.url, DEVELOPER_KEY);
  const reviewer = (server: ServerProcess) => new Caller(server.url, REVIEWER_KEY);
  const start = async (settings: Omit<ServerSettings, 'databaseUrl' | 'workspaces'>) => {
    const server = await startServer({ databaseUrl: database.url, workspaces: folder.setting, ...settings });
    servers.push(server);
    return server;
  };
  const startBefore = () =>
    start({
      env: { ...previous.env, MIGRATE_ON_START: 'off' },
      command: previous.command,
    });
  const startNow = () =>
    start({
      env: { ...EVENT_SETTINGS, MIGRATE_ON_START: 'off', TOOLS_FILE: join(notes, 'tools.json') },
    });
  const tables = async () => {
    const { rows } = await sql.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    );
    return rows.map(({ name }) => name);
  };
  const send = async <Row extends object>(text: string, values: unknown[]) => (await sql.query<Row>(text, values)).rows;
  const emptyOf = async (names: readonly string[]): Promise<string[]> => {
    const empty: string[] = [];
    for (const name of names) if ((await sql.query(`select from ${name} limit 1`)).rowCount === 0) empty.push(name);
    return empty;
  };
  const write = (server: ServerProcess, path: string) =>
    startPending(developer(server), path, path, { workspace: 'work', memory: true });
  const finish = async (server: ServerProcess, pending: Pending) => {
    expect((await decide(reviewer(server), pending, 'approve')).status).toBe(200);
    const frames = await framesUntil(developer(server), pending.runId, 'run.completed');
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
  };

  beforeAll(async () => {
    [database, folder, previous, notes, receiver] = await Promise.all([
      createEmptyDatabase(),
      WorkFolder.create(),
      PreviousVersion.checkoutBefore(BEFORE),
      mkdtemp(join(tmpdir(), 'assent-upgrade-')),
      EventReceiver.open(),
    ]);
    sql = new Client({ connectionString: database.url, application_name: 'assent-test' });
    await sql.connect();
    const server = { command: process.execPath, args: [await writeCountingServer(notes), notes] };
    await writeFile(join(notes, 'tools.json'), JSON.stringify({ mcp: { servers: { notes: server } } }));
    before = await start({ env: { ...previous.env }, command: previous.command });
    waiting = await write(before, 'waiting.txt');
    earlierTables = await tables();
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await sql.end();
    await Promise.all([
      database.drop(),
      folder.remove(),
      previous.remove(),
      receiver.close(),
      rm(notes, { recursive: true, force: true }),
    ]);
  });

  it('migrates while the version before serves', async () => {
    await run(process.execPath, [CLI, 'migrate'], { env: { DATABASE_URL: database.url } });
    now = await startNow();
    await finish(before, await write(before, 'migrated.txt'));
  });

  it('leaves the version before working when every new table has rows', async () => {
    await fillNewTables();
    const added = (await tables()).filter((name) => !earlierTables.includes(name));
    expect(added).toHaveLength(ADDED);
    const empty = await emptyOf(added);
    expect(empty.filter((name) => BY_OPERATIONS.includes(name))).toEqual([]);
    for (const name of empty) await insertAnyRow(send, name);
    expect(await emptyOf(added)).toEqual([]);
    await finish(before, await write(before, 'beside.txt'));
    await finish(now, await write(before, 'across.txt'));
  });

  it('replaces the replicas, and what waited before it is decided', async () => {
    expect(await before.stop()).toBe(0);
    await finish(now, waiting);
    expect(await folder.read('waiting.txt')).toBe('waiting.txt');
    const checks: string[] = [];
    const report = (check: string) => void checks.push(check);
    await smoke({ url: now.url, developerKey: DEVELOPER_KEY, reviewerKey: REVIEWER_KEY, report });
    expect(checks.length).toBeGreaterThan(5);
  });

  it('returns to the version before on the new schema', async () => {
    const kept = await write(now, 'kept.txt');
    expect(await now.stop()).toBe(0);
    before = await startBefore();
    await finish(before, kept);
    await finish(before, await write(before, 'back.txt'));
  });

  /** By the operations that write them; the others get a row of another tenant. */
  async function fillNewTables(): Promise<void> {
    const admin = await person(sql, now.url, 'admin', ['admin'], ['key:admin', 'approval:decide', 'tool:admin']);
    await admin.call('flag/set', { flag: 'auto_approval', enabled: false });
    await admin.call('identity/create', { provider: 'slack', externalId: 'U1', subject: 'ann' });
    await createWebhook(developer(now), `${receiver.url}/hook`);
    const learned = await write(now, 'learned.txt');
    await finish(now, learned);
    const resolved = [{ assumptionId: 'too-short', truth: true, how: 'observed' as const }];
    await developer(now).call('complete', { runId: learned.runId, outcome: 'success', resolved });
    const agent = await person(sql, now.url, 'ann/laptop', [], ['permission:ask', 'run:write', 'run:read']);
    const asking = askHook(agent, 'make upgrade');
    await decide(reviewer(now), await pendingQuestion(reviewer(now), 'make upgrade'), 'approve');
    await asking;
    const call = { method: 'tools/call', params: { name: 'notes__append', arguments: { note: 'upgraded' } } };
    const headers = { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' };
    await (await agent.post('/mcp/gateway?hold=1', { jsonrpc: '2.0', id: 1, ...call }, headers)).text();
    const subscribed = await askMcp({ process: now }, 'events/subscribe', receiver.params());
    expect(subscribed).toMatchObject({ result: { id: expect.any(String) as string } });
  }
});

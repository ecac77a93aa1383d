import { execFile } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { Caller } from '../support/caller';
import type { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { writeCountingServer } from '../support/mcp-gateway';
import { startModelEndpoint, type ModelEndpoint } from '../support/model-endpoint';
import type { OwnPostgres } from '../support/own-postgres';
import { MODEL_KEY } from '../support/model-scene';
import { EVENT_SETTINGS } from '../support/event-receiver';
import { createTemplate, createTestDatabase, type TestDatabase } from '../support/postgres';
import { Receiver } from '../support/receiver';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess, type ServerSettings } from '../support/server-process';
import { TcpProxy } from '../support/tcp-proxy';
import { createWebhook } from '../support/webhooks';
import { WorkFolder } from '../support/work-folder';

const CLI = join(__dirname, '../../dist/server/cli.js');
/** Loaded before the code of a process, it makes the clock wrong by CLOCK_SHIFT_MS. */
export const SHIFTED_CLOCK = join(__dirname, 'shifted-clock.cjs');
export const REPLICAS = 2;
/** How long an outage may last: a connection that went silent is noticed after 25 s, and several may be, one by one. */
export const OUTAGE_MS = 120_000;

/** A Postgres that faults happen to. */
export interface DatabaseServer {
  readonly url: string;
  /** Called when it has not answered for some time. */
  revive(): Promise<void>;
}

/** Makes the database that every installation on this server clones. */
export async function migrateTemplate({ url }: DatabaseServer): Promise<void> {
  await createTemplate(url, async (template) => {
    await promisify(execFile)(process.execPath, [CLI, 'migrate'], { env: { DATABASE_URL: template } });
  });
}

/** Two replicas behind a proxy to their own database, and what they reach outside. */
export class Installation<Server extends DatabaseServer = OwnPostgres> {
  /** Clients of runs, for the oracle. */
  readonly cycles: Cycle[] = [];
  /** Broken promises that clients have seen. */
  readonly broken: string[] = [];
  /** That of the webhooks to `receiver`, and the secret they are signed with. */
  webhook = { id: '', secret: '' };
  private readonly live: ServerProcess[] = [];
  private readonly gone = new Map<ServerProcess, AbortController>();
  private readonly clockShifts = new Map<ServerProcess, number>();

  private constructor(
    readonly postgres: Server,
    private readonly database: TestDatabase,
    readonly proxy: TcpProxy,
    readonly replicas: Replicas,
    /** Of a replica, to start others like it. */
    readonly settings: ServerSettings,
    readonly folder: WorkFolder,
    /** Receives webhooks. */
    readonly receiver: Receiver,
    /** Receives orders: an external effect that must not happen twice. */
    readonly shop: Receiver,
    /** Plans runs that have no plan of their own. */
    readonly model: ModelEndpoint,
    /** Files of the MCP server. */
    private readonly notes: string,
    /** The disk that Postgres and the workspace share. */
    readonly disk: string,
  ) {}

  static async open<Server extends DatabaseServer>(
    postgres: Server,
    disk: string,
    name: string,
  ): Promise<Installation<Server>> {
    const notes = join(disk, `notes-${name}`);
    await mkdir(notes);
    const [database, folder, receiver, shop, model] = await Promise.all([
      createTestDatabase(),
      WorkFolder.create(disk),
      Receiver.open(),
      Receiver.open(),
      startModelEndpoint(),
    ]);
    receiver.answer = (response) => response.writeHead(204).end();
    const proxy = await TcpProxy.open(database.url);
    const tools = join(notes, 'tools.json');
    const server = { command: process.execPath, args: [await writeCountingServer(notes), notes] };
    await writeFile(tools, JSON.stringify({ http: { hosts: ['127.0.0.1'] }, mcp: { servers: { notes: server } } }));
    const env = {
      ...QUICK,
      TOOLS_FILE: tools,
      ...EVENT_SETTINGS,
      LLM_BASE_URL: model.url,
      LLM_MODEL: 'scripted-model',
      LLM_API_KEY: MODEL_KEY,
      LLM_MAX_RETRIES: '0',
    };
    const settings = { databaseUrl: proxy.url, workspaces: folder.setting, env };
    const replicas = new Replicas(settings);
    const installation = new Installation<Server>(
      postgres,
      database,
      proxy,
      replicas,
      settings,
      folder,
      receiver,
      shop,
      model,
      notes,
      disk,
    );
    await installation.repair();
    installation.webhook = await createWebhook(installation.caller(DEVELOPER_KEY), `${receiver.origin}/hook`);
    return installation;
  }

  /** Of the database, past the proxy. */
  get databaseUrl(): string {
    return this.database.url;
  }

  /** The replicas that serve. */
  get servers(): readonly ServerProcess[] {
    return this.live;
  }

  /** The replica that has the lease of a run. @throws Error when no live one has it */
  async ownerOf(runId: string): Promise<ServerProcess> {
    const [run] = await this.rows<{ owner: string | null }>('select lease_owner as owner from runs where id = $1', [
      runId,
    ]);
    const owner = run?.owner;
    // Every line of a log names its replica.
    const server = this.live.find(
      ({ lines }) => typeof owner === 'string' && lines.some((line) => line.includes(owner)),
    );
    if (!server) throw new Error(`no live replica has the lease of run ${runId}`);
    return server;
  }

  /** A principal at one of the replicas. */
  caller(key: string, server = this.live[0]): Caller {
    if (!server) throw new TypeError('no replica lives');
    return new Caller(server.url, key);
  }

  /** Aborted when the replica has ended, after its last answers. */
  goneSignal(server: ServerProcess): AbortSignal {
    return this.goneOf(server).signal;
  }

  async kill(server: ServerProcess): Promise<void> {
    this.withdraw(server);
    await this.replicas.kill(server);
    this.goneOf(server).abort();
  }

  /** SIGTERM. */
  async stop(server: ServerProcess): Promise<void> {
    this.withdraw(server);
    const code = await this.replicas.stop(server);
    this.goneOf(server).abort();
    if (code !== 0) this.broken.push(`10 (drain): process ${server.pid} ended with ${String(code)}`);
  }

  async start(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const server = await this.replicas.start(env);
    this.live.push(server);
    return server;
  }

  /** Starts a replica whose clock is wrong. */
  async startShifted(clockShiftMs: number): Promise<void> {
    const server = await this.start({
      NODE_OPTIONS: `--require ${SHIFTED_CLOCK}`,
      CLOCK_SHIFT_MS: String(clockShiftMs),
    });
    this.clockShifts.set(server, clockShiftMs);
  }

  /** How wrong the clock of a replica is. */
  clockShiftOf(server: ServerProcess): number {
    return this.clockShifts.get(server) ?? 0;
  }

  /** What only time would do: every webhook that waits for its next attempt is due. */
  async makeWebhooksDue(): Promise<void> {
    await this.rows(
      `update webhook_deliveries set next_attempt_at = now()
       where state = 'pending' and next_attempt_at > now() + interval '1 second'`,
    );
  }

  /** Brings the database back, and the number of replicas. */
  async repair(): Promise<void> {
    if (!(await this.answers())) await this.postgres.revive();
    while (this.live.length < REPLICAS) await this.start();
  }

  /** Whether the database accepts statements, with time for its own recovery. */
  private async answers(): Promise<boolean> {
    return eventually('the database answers', async () => (await this.rows('select')).length === 1, 5_000).catch(
      () => false,
    );
  }

  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.databaseUrl, application_name: 'assent-test' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** What the MCP server has done. */
  async calls(): Promise<string[]> {
    return (await readFile(join(this.notes, 'calls'), 'utf8')).split('\n').filter((line) => line !== '');
  }

  async close(): Promise<void> {
    this.live.length = 0;
    await this.replicas.stopAll();
    await Promise.all([
      this.proxy.close(),
      this.receiver.close(),
      this.shop.close(),
      this.model.close(),
      this.folder.remove(),
    ]);
    await this.database.drop();
  }

  private withdraw(server: ServerProcess): void {
    const at = this.live.indexOf(server);
    if (at >= 0) this.live.splice(at, 1);
  }

  private goneOf(server: ServerProcess): AbortController {
    const known = this.gone.get(server);
    if (known) return known;
    const gone = new AbortController();
    // Every attempt of a client adds a listener.
    setMaxListeners(0, gone.signal);
    this.gone.set(server, gone);
    return gone;
  }
}

/** The reviewer at one of the replicas. */
export function reviewerOf(installation: Pick<Installation, 'caller'>): Caller {
  return installation.caller(REVIEWER_KEY);
}

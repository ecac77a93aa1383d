import type { DecisionVerb, StartParams } from '@assent/contract';
import { Client } from 'pg';
import { Caller } from './caller';
import { decisionTransports, type Asked, type DecisionTransport, type Said } from './decision-transports';
import { eventually } from './eventually';
import { violations } from './oracle';
import { person } from './people';
import { createTestDatabase } from './postgres';
import { Replicas } from './replicas';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from './server-process';
import { createWebhook } from './webhooks';
import { WorkFolder, paramsOf } from './work-folder';

/** Generous limit for a batch on a busy machine, including two expiry sweeps. */
const BATCH_MS = 180_000;

/** A run that waits for a decision. */
export interface Waiting extends Asked {
  readonly runId: string;
}

/** One decision and its response. */
export interface Attempt {
  readonly transport: DecisionTransport;
  readonly verb: DecisionVerb;
  readonly said: Said;
}

/** Row counts of one trial in the database. */
export interface Trace {
  readonly approvalId: string;
  readonly state: string;
  readonly run: string;
  readonly decision: DecisionVerb | null;
  readonly actor: string | null;
  readonly decided: number;
  readonly resolved: number;
  readonly expired: number;
  readonly started: number;
  readonly applied: number;
  readonly dispatches: number;
  readonly applies: number;
  readonly verdicts: number;
}

const TRACES = `
  select a.id as "approvalId", a.state, runs.state as run, d.decision, d.actor,
    f.decided, f.resolved, f.expired, f.started, f.applied,
    (select count(*)::integer from audit_log where subject_id = a.diff_id::text and action = 'diff.dispatch') as dispatches,
    (select count(*)::integer from audit_log where subject_id = a.diff_id::text and action = 'diff.apply') as applies,
    (select count(*)::integer from audit_log where subject_id = a.id::text
      and action in ('approval.approve', 'approval.reject', 'approval.expire')) as verdicts
  from approvals a join runs on runs.id = a.run_id left join decisions d on d.approval_id = a.id
    cross join lateral (select
      count(*) filter (where type = 'approval.decided')::integer as decided,
      count(*) filter (where type = 'request.resolved')::integer as resolved,
      count(*) filter (where type = 'approval.expired')::integer as expired,
      count(*) filter (where type = 'tool.started')::integer as started,
      count(*) filter (where type = 'diff.applied')::integer as applied
      from frames where run_id = a.run_id) f
  where a.id = any($1::uuid[])`;

/** Two server processes on one database, many waiting runs at once, and four transports to decide by. */
export class DecisionRace {
  private constructor(
    private readonly database: { readonly url: string; drop(): Promise<void> },
    private readonly sql: Client,
    private readonly folder: WorkFolder,
    private readonly replicas: Replicas,
    /** The two processes. */
    readonly servers: readonly [ServerProcess, ServerProcess],
    readonly transports: readonly DecisionTransport[],
  ) {}

  static async open(): Promise<DecisionRace> {
    const [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
    const env = {
      EGRESS_ALLOW: '127.0.0.0/8',
      WEBHOOK_SECRET_KEY: 'k'.repeat(32),
      WEBHOOK_CALLBACKS: 'endpoint',
    };
    const replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env });
    const servers = await Promise.all([replicas.start(), replicas.start()]);
    const [{ url }] = servers;
    const sql = new Client({ connectionString: database.url, application_name: 'assent-test' });
    await sql.connect();
    // It gets nothing that happens here: only its secret is needed. Its maker starts no run.
    const integrator = await person(sql, url, 'integrator', [], ['webhook:admin']);
    const { id, secret } = await createWebhook(integrator, 'http://127.0.0.1:9/', ['memory.drift']);
    const transports = decisionTransports({
      rest: { key: new Caller(url, REVIEWER_KEY), actor: 'reviewer' },
      rpc: { key: await person(sql, url, 'ann'), actor: 'ann' },
      answer: { key: await person(sql, url, 'bob'), actor: 'bob' },
      callback: { webhookId: id, secret },
    });
    return new DecisionRace(database, sql, folder, replicas, servers, transports);
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  server(index: number): ServerProcess {
    return this.servers[index % 2 === 0 ? 0 : 1];
  }

  /** Runs that wait for a decision, started alternately at the two processes. */
  async waiting(count: number): Promise<Waiting[]> {
    const runIds = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const task = await this.folder.task();
        const params: StartParams = paramsOf(task, task.path);
        const { runId } = await new Caller(this.server(index).url, DEVELOPER_KEY).call('start', params);
        return runId;
      }),
    );
    return eventually(
      `${count} runs wait for a decision`,
      async () => {
        const { rows } = await this.sql.query<Waiting>(
          `select a.run_id as "runId", a.id as "approvalId", a.request_id as "requestId", a.hash from approvals a
           where a.run_id = any($1::uuid[]) and a.state = 'pending' order by a.id`,
          [runIds],
        );
        return rows.length === count && rows;
      },
      BATCH_MS,
    );
  }

  async cancel(at: ServerProcess, runId: string): Promise<Said> {
    const { error } = await new Caller(at.url, DEVELOPER_KEY).ask('run/cancel', { runId });
    return error ? `cancel: ${error.code} ${error.message}` : 'taken';
  }

  /** Moves the expiry of each approval to its own time within so many milliseconds from now, on the database's clock. */
  async expireWithin(waiting: readonly Waiting[], spanMs: number): Promise<void> {
    await this.sql.query(
      `update approvals set expires_at = clock_timestamp() + random() * $2 * interval '1 ms' where id = any($1::uuid[])`,
      [waiting.map(({ approvalId }) => approvalId), spanMs],
    );
  }

  /** Row counts of these trials, in order, after their runs have ended. */
  async traces(waiting: readonly Waiting[]): Promise<Trace[]> {
    const ids = waiting.map(({ approvalId }) => approvalId);
    await eventually(
      'every run has ended',
      async () => {
        const { rows } = await this.sql.query(
          `select from runs where id = any($1::uuid[]) and state not in ('completed', 'failed', 'cancelled') limit 1`,
          [waiting.map(({ runId }) => runId)],
        );
        return rows.length === 0;
      },
      BATCH_MS,
    );
    const { rows } = await this.sql.query<Trace>(TRACES, [ids]);
    return ids.map((id) => {
      const found = rows.find(({ approvalId }) => approvalId === id);
      if (!found) throw new Error(`approval ${id} is gone`);
      return found;
    });
  }

  violations(): Promise<string[]> {
    const { database, folder, replicas } = this;
    return violations({ databaseUrl: database.url, folder, cycles: [], servers: replicas.all });
  }

  async close(): Promise<void> {
    await this.replicas.stopAll();
    await this.sql.end();
    await Promise.all([this.database.drop(), this.folder.remove()]);
  }
}

import { Client } from 'pg';
import { eventually } from './eventually';

/** Time for a server to reach the barrier; it needs a few milliseconds. */
const ARRIVAL_MS = 10_000;
/** First part of the key of an advisory lock; the second is the session of the barrier. */
const LOCK_CLASS = 4_242_900;

/** Changes of rows, for `changesOf`. */
export interface BarredChange {
  readonly table: string;
  readonly operation: 'insert' | 'update' | 'delete';
  /** Condition on the rows `old` and `new`; absent: every row. */
  readonly when?: string;
}

/**
 * A failpoint made from outside: locks in a session of the test, at which a server's statement stops. Nothing in the
 * server knows of it, so the test covers the production code.
 */
export class Barrier {
  /** A function in the database, with the trigger that calls it. */
  private trigger: string | null = null;

  private constructor(
    private readonly databaseUrl: string,
    private readonly client: Client,
    private readonly pid: number,
  ) {}

  static async open(databaseUrl: string): Promise<Barrier> {
    const client = await connected(databaseUrl);
    await client.query('begin');
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return new Barrier(databaseUrl, client, rows[0]?.pid ?? 0);
  }

  /** Stops statements that write the table, before they write anything. */
  async writesOf(table: string): Promise<void> {
    await this.client.query(`lock table ${table} in share row exclusive mode`);
  }

  /** Stops statements that read or write the table. */
  async useOf(table: string): Promise<void> {
    await this.client.query(`lock table ${table} in access exclusive mode`);
  }

  /** Stops the statement that wants to write this frame, in its middle: it has locked and changed the run by then. */
  async frame(runId: string, seq: number): Promise<void> {
    await this.client.query(
      `insert into frames (run_id, seq, tenant_id, at, type, step, body) values ($1, $2, 'barrier', now(), 'barrier', 0, '{}')`,
      [runId, seq],
    );
  }

  /**
   * Stops transactions that have made such a change, in the middle of their commit: Postgres has received it and has
   * neither carried it out nor answered.
   */
  async changesOf({ table, operation, when = 'true' }: BarredChange): Promise<void> {
    const name = `assent_test_barrier_${this.pid}`;
    const key = `${LOCK_CLASS}, ${this.pid}`;
    await this.client.query(`select pg_advisory_xact_lock(${key})`);
    this.trigger = name;
    await this.outside(`
      create function ${name}() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(${key}); return null; end $$;
      create constraint trigger ${name} after ${operation} on ${table} deferrable initially deferred
        for each row when (${when}) execute function ${name}()`);
  }

  /** Blocks every writer of the run. */
  async run(runId: string): Promise<void> {
    await this.client.query('select from runs where id = $1 for update', [runId]);
  }

  /** Stops the effects of a run and its cancellation. */
  async effectsOf(runId: string): Promise<void> {
    await this.client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [runId]);
  }

  /** Resolves when so many sessions wait here. @returns their process ids, in order of arrival */
  async waiters(count: number): Promise<number[]> {
    return eventually(
      `${count} sessions wait at the barrier`,
      async () => {
        // Within a transaction the view would keep showing its first result.
        await this.client.query('select pg_stat_clear_snapshot()');
        const { rows } = await this.client.query<{ pid: number }>(
          `select a.pid from pg_stat_activity a where $1 = any(pg_blocking_pids(a.pid))
         order by (select min(waitstart) from pg_locks l where l.pid = a.pid and not l.granted)`,
          [this.pid],
        );
        return rows.length >= count && rows.map((row) => row.pid);
      },
      ARRIVAL_MS,
    );
  }

  /** Resolves when a session waits for the session with this process id. */
  async blockedBy(pid: number): Promise<void> {
    await eventually(`a session waits for session ${pid}`, async () => {
      await this.client.query('select pg_stat_clear_snapshot()');
      const { rows } = await this.client.query(
        'select from pg_stat_activity a where $1 = any(pg_blocking_pids(a.pid))',
        [pid],
      );
      return rows.length > 0;
    });
  }

  /** Cuts sessions off, as if their statements had never reached the database; resolves when they are gone. */
  async cut(pids: readonly number[]): Promise<void> {
    await this.client.query('select pg_terminate_backend(pid) from unnest($1::integer[]) as pid', [pids]);
    await eventually('the cut sessions are gone', async () => {
      await this.client.query('select pg_stat_clear_snapshot()');
      const { rows } = await this.client.query('select from pg_stat_activity where pid = any($1)', [pids]);
      return rows.length === 0;
    });
  }

  /** Releases all waiting sessions and closes its own. Idempotent. */
  async lift(): Promise<void> {
    await this.client.query('rollback').catch(() => undefined);
    await this.client.end();
    const { trigger } = this;
    this.trigger = null;
    if (trigger !== null) await this.outside(`drop function ${trigger} cascade`);
  }

  /** In a transaction of its own, which others see. */
  private async outside(statement: string): Promise<void> {
    const client = await connected(this.databaseUrl);
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

async function connected(databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'assent-test-barrier' });
  // A server that goes away fails the statement in progress; the event reports it a second time.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

import { Client, DatabaseError, Pool, types, type PoolClient, type PoolConfig } from 'pg';
import { AssentError } from '@assent/contract';
import type { ToolContext } from '@assent/tools';
import { sqlFailure } from './sql-failure';
import { checkRole, type RoleKind } from './sql-role';
import { SqlSession, TooManyBytes } from './sql-session';
import type { SqlLimits } from './sql-settings';

/** Maximum concurrent calls on one database. Further calls wait. */
const CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_CLOSE_MS = 10_000;
/** Our transactions are never idle for long, because only our own code runs between two statements. */
const IDLE_IN_TRANSACTION_MS = 10_000;
const BOOLEAN: number = types.builtins.BOOL;
const INTEGERS: ReadonlySet<number> = new Set([types.builtins.INT2, types.builtins.INT4]);

/** Types that JSON represents exactly are parsed; all others stay the server's text. */
const VALUE_TYPES: NonNullable<PoolConfig['types']> = {
  getTypeParser: (oid: number) => (text: string) => {
    if (oid === BOOLEAN) return text === 't';
    return INTEGERS.has(oid) ? Number(text) : text;
  },
};

/** A server process of a database connection. The server reuses process ids for later connections. */
interface Backend {
  readonly pid: number;
  readonly since: string;
}

/** The part of a call's context that a statement depends on. */
type PoolContext = Pick<ToolContext, 'signal' | 'redaction'>;

/** Connection pool of one login role. */
export class SqlPool {
  private readonly pool: Pool;
  private readonly config: PoolConfig;
  private readonly stopping = new AbortController();
  private readonly canceling = new Set<Promise<void>>();
  private stopped: Promise<void> | undefined;
  private checked = false;

  /** Connects on first use. @param url names database, role and password; it MUST NOT appear in a message */
  constructor(
    readonly name: string,
    url: string,
    readonly limits: SqlLimits,
    private readonly kind: RoleKind,
  ) {
    this.config = {
      connectionString: url,
      application_name: 'assent-sql',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      types: VALUE_TYPES,
    };
    this.pool = new Pool({
      ...this.config,
      max: CONNECTIONS_MAX,
      idleTimeoutMillis: IDLE_CLOSE_MS,
      statement_timeout: limits.statementTimeoutMs,
      lock_timeout: limits.lockTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      // The same row must give the same text regardless of role and database settings, and a string literal must end where
      // it seems to end.
      options: '-c TimeZone=UTC -c DateStyle=ISO -c standard_conforming_strings=on',
    });
    // A connection lost while idle is replaced; without a listener the error would end the process.
    this.pool.on('error', () => undefined);
  }

  /**
   * Lends a connection to `work` and rolls back a transaction that it leaves open. On abort it cancels the statement on the
   * server and discards the connection, because the cancellation could reach its next user. Session state that a statement
   * changed (settings, role, advisory locks, temporary tables) does not outlive the call.
   * @throws AssentError; TooManyBytes; the signal's reason
   */
  async use<T>(context: PoolContext, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const either = AbortSignal.any([context.signal, this.stopping.signal]);
    either.throwIfAborted();
    const client = await this.pool.connect().catch((thrown: unknown) => {
      throw sqlFailure(thrown, this.name, false, context);
    });
    // The pool listens for errors only while a connection is idle.
    const way = { isLost: false };
    const onLost = () => {
      way.isLost = true;
    };
    client.on('error', onLost);
    client.on('end', onLost);
    const session = new SqlSession(client);
    const unwatch = session.watch();
    let backend: Backend | undefined;
    let isCancelled = false;
    const onAbort = () => {
      isCancelled = true;
      this.cancel(backend, client);
    };
    either.addEventListener('abort', onAbort, { once: true });
    let clean = false;
    try {
      backend = await this.admit(session);
      either.throwIfAborted();
      const result = await work(session);
      clean = await cleaned(session);
      return result;
    } catch (thrown) {
      if (thrown instanceof AssentError || thrown instanceof TooManyBytes) throw thrown;
      // A possible commit matters more than the caller's reason to abort.
      if (!session.inDoubt) either.throwIfAborted();
      // An error of our own says nothing about the connection.
      if (!way.isLost && !(thrown instanceof DatabaseError)) throw thrown;
      throw sqlFailure(thrown, this.name, session.inDoubt, context);
    } finally {
      either.removeEventListener('abort', onAbort);
      unwatch();
      // A closing connection may still report an error; the pool listens to a returned one.
      const isReusable = clean && !isCancelled;
      if (isReusable) client.off('error', onLost);
      client.off('end', onLost);
      client.release(!isReusable);
    }
  }

  /** Cancels running statements and closes all connections; idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort(new AssentError('draining', 'This server is shutting down.'));
    this.stopped ??= this.pool.end();
    await this.stopped;
    await Promise.all(this.canceling);
  }

  private async admit(session: SqlSession): Promise<Backend> {
    const [backend] = await session.run(
      'select pid, backend_start::text as since from pg_stat_activity where pid = pg_backend_pid()',
    );
    if (!this.checked) await checkRole(session, this.name, this.kind);
    this.checked = true;
    return { pid: Number(backend?.['pid']), since: String(backend?.['since']) };
  }

  /** Cancels on the server as well, because it notices a closed connection only when it sends something. */
  private cancel(backend: Backend | undefined, client: PoolClient): void {
    const done = (backend === undefined ? Promise.resolve() : this.cancelOnServer(backend)).finally(() => {
      client.connection.stream.destroy();
      this.canceling.delete(done);
    });
    this.canceling.add(done);
  }

  private async cancelOnServer({ pid, since }: Backend): Promise<void> {
    const client = new Client({ ...this.config, query_timeout: CONNECT_TIMEOUT_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(
        'select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 and backend_start = $2::timestamptz',
        [pid, since],
      );
    } catch {
      // The statement timeout ends it.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Resets the session. @returns whether the connection can be reused */
async function cleaned(session: SqlSession): Promise<boolean> {
  try {
    await session.run('rollback');
    await session.run('discard all');
    return true;
  } catch {
    // The work is done; close the connection instead of reusing it.
    return false;
  }
}

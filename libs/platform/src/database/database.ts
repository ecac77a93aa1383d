import { AsyncLocalStorage } from 'node:async_hooks';
import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { SpanOptions } from '../telemetry/span';
import { isTracing, tracedWithin } from '../telemetry/tracing';
import { batchWrites } from './batch-writes';
import { CommitGroups, type TransactionResults } from './commit-groups';
import { failureOf } from './failure';
import { PipelinedConnection } from './pipelined-connection';
import { compile, sql, type Sql } from './sql';
import { currentTenant } from './tenant.context';
import { switchTenantQuery, tenantIsolationOf, type TenantIsolation } from './tenant.isolation';

/** Number of shared connections: enough to flush commits together, few enough to send statements together. */
const TENANT_CONNECTIONS = 4;
/**
 * For work of all tenants: separate connections, because Postgres replans a statement when the role of its connection
 * changes.
 */
const SYSTEM_CONNECTIONS = 2;

/** Keep-alive interval for a transaction that is waiting for an external effect; a third of the server's limit. */
const KEEP_ALIVE_MS = 5_000;

/** A transaction whose work reads rows before it decides what to write. */
interface OpenTransaction {
  readonly client: PoolClient;
  readonly tenantId: string | null;
  isOpen: boolean;
}

/**
 * The connection of a statement: shared, dedicated, or that of a transaction with several statements. `group`: shared, with
 * the wait for the group.
 */
export type StatementKind = 'shared' | 'alone' | 'transaction' | 'group';

/** The row that a write locks before any other. */
export interface FirstLock {
  readonly rowId: string;
  /** Locks such rows in the order of their ids. */
  readonly lockRows: (rowIds: readonly string[]) => Sql;
}

/**
 * The store. It owns the pool. Statements are sent as named prepared statements, because planning them each time costs
 * more than executing them. One statement is one transaction.
 */
export class Database implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly tenantConnections = this.openConnections(TENANT_CONNECTIONS);
  private readonly systemConnections = this.openConnections(SYSTEM_CONNECTIONS);
  private readonly names = new Map<string, string>();
  /** Tenant that a connection is set to; absent: all tenants, as for a new connection. */
  private readonly tenants = new WeakMap<PoolClient, string | null>();
  private readonly transactions = new AsyncLocalStorage<OpenTransaction>();
  private readonly groups = new CommitGroups(
    {
      alone: async (tenantId, query) => (await this.onSharedConnection(query, tenantId)).rows,
      together: (tenantId, queries) => this.together(tenantId, queries),
    },
    (waitedMs) => {
      this.onGroup(waitedMs);
    },
  );
  private isolation: TenantIsolation | undefined;
  /** Called after every statement; MUST NOT throw. */
  onStatement: (kind: StatementKind, ms: number, failure: unknown) => void = () => undefined;
  /** Called with the waits of the statements of each group of `queryInGroup`; MUST NOT throw. */
  onGroup: (waitedMs: readonly number[]) => void = () => undefined;

  /** Connects on first use. */
  constructor(private readonly pool: Pool) {
    // A lost idle connection is replaced. An error event without a listener would end the process.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** The pool ends only after every connection was returned. */
  beforeApplicationShutdown(): void {
    for (const connection of [...this.tenantConnections, ...this.systemConnections]) connection.close();
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }

  /** For processes without an application that closes it: waits for the running statements. */
  async close(): Promise<void> {
    this.beforeApplicationShutdown();
    await this.onApplicationShutdown();
  }

  /** Connection settings of the pool, for a connection outside it. */
  get url(): string {
    return this.pool.options.connectionString ?? '';
  }

  /** Runs one statement and returns its rows. It MUST be short and MUST NOT wait for another transaction's end. */
  async query<Row extends QueryResultRow>(statement: Sql): Promise<Row[]> {
    const query = this.prepared(statement);
    const tenantId = currentTenant();
    if (tenantId !== null && this.isolation === undefined) await this.tenantIsolation();
    const own = this.transactions.getStore();
    if (own?.isOpen === true && own.tenantId === tenantId) {
      return this.observed('transaction', query.text, async () => (await own.client.query<Row>(query)).rows);
    }
    return this.observed('shared', query.text, async () => (await this.onSharedConnection<Row>(query, tenantId)).rows);
  }

  /**
   * Like `query`, for a write of one tenant: writes that arrive while another one is being committed share a transaction
   * (docs/adr, "Commits of many runs share a transaction"). It MUST first lock the given row, then only rows that belong to
   * it, and last the head of the tenant's audit chain.
   */
  async queryInGroup<Row extends QueryResultRow>(statement: Sql, lock: FirstLock): Promise<Row[]> {
    const tenantId = currentTenant();
    // In work for all tenants a group would lock the heads of several chains, in any order.
    if (tenantId === null || this.transactions.getStore()?.isOpen === true) return this.query<Row>(statement);
    if (this.isolation === undefined) await this.tenantIsolation();
    const query = this.prepared(statement);
    return this.observed('group', query.text, async () => {
      const rows = await this.groups.commit(tenantId, {
        query,
        rowId: lock.rowId,
        lock: (ids) => this.prepared(lock.lockRows(ids)),
      });
      return rows as Row[];
    });
  }

  private onSharedConnection<Row extends QueryResultRow>(
    query: QueryConfig,
    tenantId: string | null,
  ): Promise<QueryResult<Row>> {
    const connection = this.leastBusy(tenantId);
    // During a shutdown, late statements open a connection of their own and return it.
    return connection.isClosed
      ? this.onDedicatedConnection<Row>(query, tenantId)
      : connection.query<Row>(query, tenantId);
  }

  private async together(tenantId: string, queries: readonly QueryConfig[]): Promise<TransactionResults> {
    const send = async (client: PoolClient): Promise<TransactionResults> => {
      const begun = client.query('begin');
      const results = queries.map(async (query) => (await client.query<QueryResultRow>(query)).rows);
      const commit = client.query('commit').then(({ command }) => command === 'COMMIT');
      // All at once: a rejection that nothing waits for yet would end the process.
      const [settled, [committed]] = await Promise.all([
        Promise.allSettled(results),
        Promise.allSettled([commit, begun]),
      ]);
      return { results: settled, committed };
    };
    const connection = this.leastBusy(tenantId);
    try {
      return await (connection.isClosed ? this.withConnection(tenantId, send) : connection.send(tenantId, send));
    } catch (reason) {
      return { results: [], committed: { status: 'rejected', reason } };
    }
  }

  /** Like `query`, on a dedicated connection: for statements that may wait for another transaction. */
  async queryDedicated<Row extends QueryResultRow>(statement: Sql): Promise<Row[]> {
    const query = this.prepared(statement);
    const tenantId = currentTenant();
    return this.observed(
      'alone',
      query.text,
      async () => (await this.onDedicatedConnection<Row>(query, tenantId)).rows,
    );
  }

  /** How row-level security protects the tables against statements without a tenant condition. */
  async tenantIsolation(): Promise<TenantIsolation> {
    return (this.isolation ??= await tenantIsolationOf(this.pool));
  }

  private async onDedicatedConnection<Row extends QueryResultRow>(
    query: QueryConfig,
    tenantId: string | null,
  ): Promise<QueryResult<Row>> {
    return this.withConnection(tenantId, async (client, tenantSwitched) => {
      const [, result] = await allInOrder([tenantSwitched, client.query<Row>(query)]);
      return result as QueryResult<Row>;
    });
  }

  /**
   * @param work gets a dedicated connection and a promise that resolves when the tenant is set; it may send statements
   * before that
   */
  private async withConnection<T>(
    tenantId: string | null,
    work: (client: PoolClient, tenantSwitched: Promise<unknown>) => Promise<T>,
  ): Promise<T> {
    if (tenantId !== null) await this.tenantIsolation();
    const client = await this.pool.connect();
    let broken: Error | undefined;
    // The pool listens only to idle connections; without a listener a lost connection would end the process.
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      batchWrites(client);
      const tenantSwitched = this.switchTenant(client, tenantId) ?? Promise.resolve();
      tenantSwitched.catch(onError);
      return await work(client, tenantSwitched);
    } catch (error) {
      if (failureOf(error)?.drop) broken ??= error as Error;
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  private switchTenant(client: PoolClient, tenantId: string | null): Promise<void> | undefined {
    if ((this.tenants.get(client) ?? null) === tenantId) return undefined;
    this.tenants.set(client, tenantId);
    return client.query(switchTenantQuery(tenantId, this.isolation ?? 'none')).then(() => undefined);
  }

  private openConnections(length: number): PipelinedConnection[] {
    return Array.from(
      { length },
      () =>
        new PipelinedConnection(
          () => this.pool,
          (client, tenantId) => this.switchTenant(client, tenantId),
        ),
    );
  }

  /**
   * A transaction around an external effect: `before` (locks, checks) is sent with `begin` in one round trip, the
   * statement that `work` returns is sent with `commit`. Rolls back and rethrows on any failure.
   * @returns the rows of the last statement
   */
  around<Row extends QueryResultRow>(
    before: readonly Sql[],
    work: (results: readonly QueryResultRow[][]) => Promise<Sql>,
  ): Promise<Row[]> {
    return this.observed('transaction', null, () => this.transaction(before, work));
  }

  /**
   * Like `around`, for work that only reads rows: its statements use the connection of the transaction. On a shared
   * connection they could queue behind a statement that waits for this transaction.
   */
  within<Row extends QueryResultRow>(
    before: readonly Sql[],
    work: (results: readonly QueryResultRow[][]) => Promise<Sql>,
  ): Promise<Row[]> {
    const tenantId = currentTenant();
    return this.observed('transaction', null, () =>
      this.transaction(before, async (results, client) => {
        const own: OpenTransaction = { client, tenantId, isOpen: true };
        try {
          return await this.transactions.run(own, () => work(results));
        } finally {
          own.isOpen = false;
        }
      }),
    );
  }

  private async transaction<Row extends QueryResultRow>(
    before: readonly Sql[],
    work: (results: readonly QueryResultRow[][], client: PoolClient) => Promise<Sql>,
  ): Promise<Row[]> {
    return this.withConnection(currentTenant(), async (client, tenantSwitched) => {
      const run = (statement: Sql) => client.query<QueryResultRow>(this.prepared(statement)).then(({ rows }) => rows);
      try {
        const [, , ...results] = await allInOrder([
          tenantSwitched.then(() => []),
          client.query('begin').then(() => []),
          ...before.map(run),
        ]);
        const last = await withKeepAlive(
          () => void run(sql`select 1`).catch(() => undefined),
          () => work(results, client),
        );
        batchWrites(client);
        const [rows] = await allInOrder([run(last), client.query('commit').then(() => [])]);
        return (rows ?? []) as Row[];
      } catch (error) {
        await client.query('rollback').catch((failure: unknown) => {
          client.emit('error', failure instanceof Error ? failure : new Error('rollback failed'));
        });
        throw error;
      }
    });
  }

  /** Open, idle and waiting counts, for metrics. */
  get connections(): { total: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  private async observed<T>(kind: StatementKind, text: string | null, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      const result = await (isTracing() ? tracedWithin(spanName(text), spanOptions(text), work) : work());
      this.onStatement(kind, performance.now() - started, null);
      return result;
    } catch (error) {
      this.onStatement(kind, performance.now() - started, error ?? 'failed');
      throw error;
    }
  }

  /**
   * An idle open connection, preferably one already set to the tenant, else a new one, else the one with the fewest
   * statements in flight.
   */
  private leastBusy(tenantId: string | null): PipelinedConnection {
    const connections = tenantId === null ? this.systemConnections : this.tenantConnections;
    const free = connections.filter((connection) => connection.isOpen && connection.inFlight === 0);
    return (
      free.find((connection) => connection.tenantId === tenantId) ??
      free[0] ??
      connections.reduce((best, connection) => (connection.inFlight < best.inFlight ? connection : best))
    );
  }

  private prepared(statement: Sql): { name: string; text: string; values: unknown[] } {
    const { text, values } = compile(statement);
    let name = this.names.get(text);
    if (name === undefined) {
      name = `assent_${this.names.size}`;
      this.names.set(text, name);
    }
    return { name, text, values };
  }
}

const WRITE = /\b(insert into|update|delete from) ([a-z_]+)/;
const READ = /\b(?:from|join) ([a-z_]+)/;

/** For example `update runs`: OpenTelemetry names a statement by its first operation and table. */
function spanName(text: string | null): string {
  if (text === null) return 'transaction';
  const [, verb, table] = WRITE.exec(text) ?? [];
  return verb === undefined ? `select ${READ.exec(text)?.[1] ?? ''}`.trim() : `${verb} ${table ?? ''}`;
}

/** The statement text contains no values: they are sent as parameters. */
function spanOptions(text: string | null): SpanOptions {
  return {
    kind: 'client',
    attributes: { 'db.system.name': 'postgresql', ...(text === null ? {} : { 'db.query.text': text }) },
  };
}

/** Work may take longer than the idle limit of a transaction; the server would then end it and release its locks. */
async function withKeepAlive<T>(keepAlive: () => void, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(keepAlive, KEEP_ALIVE_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * All statements were sent at once; the first failure caused those after it. Waits for every result, so that none is
 * orphaned.
 */
async function allInOrder<T>(results: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(results);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result.value;
    throw result.reason;
  });
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { DataSource } from 'typeorm';
import type { SpanOptions } from '../telemetry/span';
import { isTracing, tracedWithin } from '../telemetry/tracing';
import { Lane } from './lane';
import { compile, sql, type Sql } from './sql';
import { currentTenant } from './tenant.context';
import { entering, wallKindOf, type WallKind } from './tenant.wall';

/** Shared connections: enough for commits to flush together, few enough for statements to travel together. */
const TENANT_LANES = 4;
/** Of work that is for all tenants: apart, because a statement is planned anew when the role of its connection changes. */
const SYSTEM_LANES = 2;

/** Between two signs of life in a transaction that waits for an effect; a third of what the server allows. */
const PULSE_MS = 5_000;

/** A transaction whose holder looks at rows before it says what to write. */
interface OpenTransaction {
  readonly client: PoolClient;
  readonly tenantId: string | null;
  isOpen: boolean;
}

/** How a statement goes: on a shared connection, on one of its own, in a transaction around something outside. */
export type StatementKind = 'shared' | 'alone' | 'transaction';

/**
 * The store's front door: statements go through TypeORM's own connection pool as named prepared statements, because
 * planning them anew each time costs more than running them. One statement is one transaction.
 */
@Injectable()
export class Database implements OnModuleInit, BeforeApplicationShutdown {
  private readonly tenantLanes = this.makeLanes(TENANT_LANES);
  private readonly systemLanes = this.makeLanes(SYSTEM_LANES);
  private readonly names = new Map<string, string>();
  /** For whom a connection works; absent: for all, as a new one does. */
  private readonly tenants = new WeakMap<PoolClient, string | null>();
  private readonly transactions = new AsyncLocalStorage<OpenTransaction>();
  private wallKind: WallKind | undefined;
  /** Told of every answer; MUST NOT throw. */
  onStatement: (kind: StatementKind, ms: number, failure: unknown) => void = () => undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** A connection that is lost between the pool's hands and ours has no listener, and would end the process. */
  onModuleInit(): void {
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** The pool ends only when every connection was given back. */
  beforeApplicationShutdown(): void {
    for (const lane of [...this.tenantLanes, ...this.systemLanes]) lane.close();
  }

  /** Runs one statement and returns its rows. It MUST be short and MUST NOT wait for another transaction's end. */
  async query<Row extends QueryResultRow>(statement: Sql): Promise<Row[]> {
    const query = this.prepared(statement);
    const tenantId = currentTenant();
    if (tenantId !== null && this.wallKind === undefined) await this.wall();
    const own = this.transactions.getStore();
    if (own?.isOpen === true && own.tenantId === tenantId) {
      return this.observed('transaction', query.text, async () => (await own.client.query<Row>(query)).rows);
    }
    return this.observed('shared', query.text, async () => {
      const lane = this.idlest(tenantId);
      // During a shutdown whatever still comes takes a connection of its own and gives it back.
      const answer = lane.isClosed ? this.aloneFor<Row>(query, tenantId) : lane.query<Row>(query, tenantId);
      return (await answer).rows;
    });
  }

  /** As `query`, on a connection of its own: for statements that may wait for somebody else. */
  async queryAlone<Row extends QueryResultRow>(statement: Sql): Promise<Row[]> {
    const query = this.prepared(statement);
    const tenantId = currentTenant();
    return this.observed('alone', query.text, async () => (await this.aloneFor<Row>(query, tenantId)).rows);
  }

  /** How far the tables are walled against statements that forget the tenant. */
  async wall(): Promise<WallKind> {
    return (this.wallKind ??= await wallKindOf(this.pool));
  }

  private async aloneFor<Row extends QueryResultRow>(
    query: QueryConfig,
    tenantId: string | null,
  ): Promise<QueryResult<Row>> {
    return this.checkedOut(tenantId, async (client, entered) => {
      const [, answer] = await together([entered, client.query<Row>(query)]);
      return answer as QueryResult<Row>;
    });
  }

  /** @param work gets a connection of its own, and when it works for the tenant: a statement may be sent before */
  private async checkedOut<T>(
    tenantId: string | null,
    work: (client: PoolClient, entered: Promise<unknown>) => Promise<T>,
  ): Promise<T> {
    if (tenantId !== null) await this.wall();
    const client = await this.pool.connect();
    let broken: Error | undefined;
    // The pool listens only while a connection is idle; without a listener a lost one would end the process.
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      const entered = this.enter(client, tenantId) ?? Promise.resolve();
      entered.catch(onError);
      return await work(client, entered);
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  private enter(client: PoolClient, tenantId: string | null): Promise<void> | undefined {
    if ((this.tenants.get(client) ?? null) === tenantId) return undefined;
    this.tenants.set(client, tenantId);
    return client.query(entering(tenantId, this.wallKind ?? 'none')).then(() => undefined);
  }

  private makeLanes(length: number): Lane[] {
    return Array.from(
      { length },
      () =>
        new Lane(
          () => this.pool,
          (client, tenantId) => this.enter(client, tenantId),
        ),
    );
  }

  /**
   * A transaction around something that happens outside: `before` (locks, checks) goes out with `begin` in one round trip,
   * the statement that `work` returns goes out with `commit`. Rolls back and rethrows when anything fails.
   * @returns the rows of the last statement
   */
  around<Row extends QueryResultRow>(
    before: readonly Sql[],
    work: (results: readonly QueryResultRow[][]) => Promise<Sql>,
  ): Promise<Row[]> {
    return this.observed('transaction', null, () => this.transaction(before, work));
  }

  /**
   * As `around`, for work that only looks at rows: its statements go on the connection of the transaction. On a shared one they
   * could stand behind somebody who waits for this very transaction.
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
    return this.checkedOut(currentTenant(), async (client, entered) => {
      const run = (statement: Sql) => client.query<QueryResultRow>(this.prepared(statement)).then(({ rows }) => rows);
      try {
        const [, , ...results] = await together([
          entered.then(() => []),
          client.query('begin').then(() => []),
          ...before.map(run),
        ]);
        const last = await beating(
          () => void run(sql`select 1`).catch(() => undefined),
          () => work(results, client),
        );
        const [rows] = await together([run(last), client.query('commit').then(() => [])]);
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
      const answer = await (isTracing() ? tracedWithin(spanName(text), spanOptions(text), work) : work());
      this.onStatement(kind, performance.now() - started, null);
      return answer;
    } catch (error) {
      this.onStatement(kind, performance.now() - started, error ?? 'failed');
      throw error;
    }
  }

  /** A free open lane, best one that works for the tenant already, else a new one, else the one with the least to do. */
  private idlest(tenantId: string | null): Lane {
    const lanes = tenantId === null ? this.systemLanes : this.tenantLanes;
    const free = lanes.filter((lane) => lane.isOpen && lane.inFlight === 0);
    return (
      free.find((lane) => lane.tenantId === tenantId) ??
      free[0] ??
      lanes.reduce((best, lane) => (lane.inFlight < best.inFlight ? lane : best))
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

  /** TypeORM keeps its pg pool on the driver; the declared type of `driver` does not know which driver it is. */
  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}

const WRITE = /\b(insert into|update|delete from) ([a-z_]+)/;
const READ = /\b(?:from|join) ([a-z_]+)/;

/** `update runs`, as OpenTelemetry names statements: what is done first, and to which table. */
function spanName(text: string | null): string {
  if (text === null) return 'transaction';
  const [, verb, table] = WRITE.exec(text) ?? [];
  return verb === undefined ? `select ${READ.exec(text)?.[1] ?? ''}`.trim() : `${verb} ${table ?? ''}`;
}

/** The statement has no values in it: they go as parameters. */
function spanOptions(text: string | null): SpanOptions {
  return {
    kind: 'client',
    attributes: { 'db.system.name': 'postgresql', ...(text === null ? {} : { 'db.query.text': text }) },
  };
}

/** Work may take longer than a transaction may idle: the server would take it for dead, and its locks with it. */
async function beating<T>(beat: () => void, work: () => Promise<T>): Promise<T> {
  const pulse = setInterval(beat, PULSE_MS);
  try {
    return await work();
  } finally {
    clearInterval(pulse);
  }
}

/** All were sent at once; the first failure is the cause of those behind it. Waits for every answer, so that none is orphaned. */
async function together<T>(answers: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(answers);
  return settled.map((answer) => {
    if (answer.status === 'fulfilled') return answer.value;
    throw answer.reason;
  });
}

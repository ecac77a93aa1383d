import type { Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { batchWrites } from './batch-writes';
import { failureOf } from './failure';

/**
 * One connection that many callers share. Statements are sent without waiting for earlier results (pipelining), and all
 * statements of one turn of the event loop are sent in one write, because waking the server process costs more than a
 * short statement. Only for statements that are a transaction by themselves and wait for no other transaction: they
 * would block those behind them.
 */
export class PipelinedConnection {
  private client: PoolClient | null = null;
  private connecting: Promise<PoolClient> | null = null;
  private closed = false;
  /** Tenant of the latest statement. */
  tenantId: string | null = null;
  /** Number of statements without a result. */
  inFlight = 0;

  /** @param switchTenant sets the tenant of a connection before its next statement, if it differs */
  constructor(
    private readonly pool: () => Pool,
    private readonly switchTenant: (client: PoolClient, tenantId: string | null) => Promise<void> | undefined,
  ) {}

  query<Row extends QueryResultRow>(statement: QueryConfig, tenantId: string | null): Promise<QueryResult<Row>> {
    return this.send(tenantId, (client) => client.query<Row>(statement));
  }

  /** @param send sends statements at once, so that none of other callers is between them */
  async send<T>(tenantId: string | null, send: (client: PoolClient) => Promise<T>): Promise<T> {
    this.inFlight += 1;
    try {
      const client = this.client ?? (await this.connect());
      batchWrites(client);
      // Both are sent before the first result arrives: later statements on this connection see the same tenant.
      const tenantSwitched = this.switchTenant(client, tenantId);
      this.tenantId = tenantId;
      const result = send(client);
      if (tenantSwitched) {
        result.catch(() => undefined); // reported to the caller below
        await tenantSwitched.catch((error: unknown) => {
          this.discard(client, error);
        });
      }
      return await result.catch((error: unknown) => {
        if (failureOf(error)?.drop) this.discard(client, error);
        throw error;
      });
    } finally {
      this.inFlight -= 1;
    }
  }

  get isOpen(): boolean {
    return this.client !== null;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Gives the connection back for good. */
  close(): void {
    this.closed = true;
    const { client } = this;
    this.client = null;
    client?.release();
  }

  /** Sends no further statement on this connection: it may be set to the wrong tenant, or be broken. */
  private discard(client: PoolClient, error: unknown): void {
    if (this.client !== client) return;
    this.client = null;
    client.release(error instanceof Error ? error : true);
  }

  private connect(): Promise<PoolClient> {
    this.connecting ??= this.open().finally(() => {
      this.connecting = null;
    });
    return this.connecting;
  }

  private async open(): Promise<PoolClient> {
    const client = await this.pool().connect();
    // The queries in flight report the failure; here the connection is only discarded.
    const drop = (error: Error): void => {
      if (this.client !== client) return;
      this.client = null;
      client.release(error);
    };
    client.on('error', drop);
    client.once('end', () => {
      drop(new Error('connection ended'));
    });
    if (!this.closed) this.client = client;
    else setImmediate(() => client.release());
    return client;
  }
}

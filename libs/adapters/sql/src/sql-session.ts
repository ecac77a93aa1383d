import { AssentError } from '@assent/contract';
import type { PoolClient, QueryArrayConfig, QueryConfig } from 'pg';

/** Adds a query option that pg's types lack. */
type Extended<C> = C & { queryMode: 'extended' };
type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Allowance for message headers and server notices. */
const OVERHEAD_BYTES = 65_536;

/** The byte limit was exceeded. The connection is closed, because the remaining data would have to be read. */
export class TooManyBytes extends Error {}

/** One connection during one call. Counts bytes on arrival, before the driver assembles them. */
export class SqlSession {
  private left = Number.POSITIVE_INFINITY;
  private passed = false;
  private committing = false;

  constructor(private readonly client: PoolClient) {}

  /**
   * Uses the extended protocol with bind values, so the server accepts only one statement, regardless of the text.
   * @throws TooManyBytes; errors of pg
   */
  async run(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const query: Extended<QueryConfig<unknown[]>> = { text, values: [...values], queryMode: 'extended' };
    return (await this.guarded(this.client.query<Row>(query))).rows;
  }

  /** Like `run`, for columns with duplicate names. */
  async runAsTable(text: string): Promise<{ columns: string[]; rows: Row[string][][] }> {
    const query: Extended<QueryArrayConfig<unknown[]>> = { text, rowMode: 'array', queryMode: 'extended' };
    const { fields, rows } = await this.guarded(this.client.query<Row[string][]>(query));
    return { columns: fields.map(({ name }) => name), rows };
  }

  /** Whether the transaction may have been committed if an error occurs now. */
  get inDoubt(): boolean {
    return this.committing;
  }

  /** @throws AssentError `conflict` when the server rolled back instead */
  async commit(): Promise<void> {
    this.committing = true;
    const { command } = await this.client.query('commit');
    this.committing = false;
    if (command !== 'COMMIT') {
      throw new AssentError('conflict', 'The server rolled the transaction back. Nothing was committed; try again.');
    }
  }

  /** Limits the bytes of rows read from here on. */
  limit(bytes: number): void {
    this.left = bytes + OVERHEAD_BYTES;
  }

  /** @returns a function that ends the counting */
  watch(): () => void {
    const { stream } = this.client.connection;
    const count = (chunk: Buffer): void => {
      this.left -= chunk.length;
      if (this.left >= 0 || this.passed) return;
      this.passed = true;
      stream.destroy();
    };
    stream.on('data', count);
    return () => stream.off('data', count);
  }

  private async guarded<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (thrown) {
      if (this.passed) throw new TooManyBytes('More bytes than the limit of the connection.', { cause: thrown });
      throw thrown;
    }
  }
}

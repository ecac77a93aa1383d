import { AssentError } from '@assent/contract';
import type { PoolClient, QueryArrayConfig, QueryConfig } from 'pg';

/** pg's types do not know the switch that its queries have. */
type Extended<C> = C & { queryMode: 'extended' };
type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Headers of messages, and the server's notices. */
const OVERHEAD_BYTES = 65_536;

/** The cap was passed; the connection is gone, because what it still sends would have to be read. */
export class TooManyBytes extends Error {}

/** One connection during one call. Bytes are counted as they arrive, before the driver puts them together. */
export class SqlSession {
  private left = Number.POSITIVE_INFINITY;
  private passed = false;
  private committing = false;

  constructor(private readonly client: PoolClient) {}

  /**
   * The extended protocol with bind values: the server accepts one statement only, regardless of the text.
   * @throws TooManyBytes; what pg throws
   */
  async run(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const query: Extended<QueryConfig<unknown[]>> = { text, values: [...values], queryMode: 'extended' };
    return (await this.guarded(this.client.query<Row>(query))).rows;
  }

  /** As `run`, for columns that may share a name. */
  async runAsTable(text: string): Promise<{ columns: string[]; rows: Row[string][][] }> {
    const query: Extended<QueryArrayConfig<unknown[]>> = { text, rowMode: 'array', queryMode: 'extended' };
    const { fields, rows } = await this.guarded(this.client.query<Row[string][]>(query));
    return { columns: fields.map(({ name }) => name), rows };
  }

  /** Whether a failure now leaves open if the transaction was committed. */
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

  /** From here on at most so many bytes of rows are taken. */
  limit(bytes: number): void {
    this.left = bytes + OVERHEAD_BYTES;
  }

  /** @returns what ends the counting */
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

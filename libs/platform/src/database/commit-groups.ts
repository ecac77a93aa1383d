import type { QueryConfig, QueryResultRow } from 'pg';
import { failureOf } from './failure';

/** Maximum number of statements in one transaction. */
const MAX_GROUP = 16;
/** Maximum size of the values of one transaction; a larger statement is sent alone. */
const MAX_GROUP_BYTES = 1_048_576;
/** A statement that waits for a lock delays those behind it for at most this time. */
const MAX_WAIT_MS = 50;

type Rows = QueryResultRow[];

/** A statement that may share its transaction with others of its tenant. */
export interface GroupedStatement {
  readonly query: QueryConfig;
  /** The row that it locks first. */
  readonly rowId: string;
  /** Locks such rows in the order of their ids. */
  readonly lock: (rowIds: readonly string[]) => QueryConfig;
}

/** The results of the statements of one transaction. */
export interface TransactionResults {
  readonly results: readonly PromiseSettledResult<Rows>[];
  /** Fulfilled: whether the transaction was committed or rolled back. Rejected: with the failure of its commit. */
  readonly committed: PromiseSettledResult<boolean>;
}

/** Sends statements. */
export interface GroupTransport {
  alone(tenantId: string, query: QueryConfig): Promise<Rows>;
  /** Executes the queries as one transaction, sent in one write. MUST NOT reject. */
  together(tenantId: string, queries: readonly QueryConfig[]): Promise<TransactionResults>;
}

interface Waiting extends GroupedStatement {
  readonly since: number;
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;
}

/** Statements of one tenant. */
interface Queue {
  readonly waiting: Waiting[];
  /** Transactions without a result. */
  inFlight: number;
  timer: NodeJS.Timeout | null;
}

/**
 * Group commit: statements that arrive while another one of their tenant is being committed are sent together, as one
 * transaction. One flush of the log and one lock of the audit chain then serve all of them. A statement that arrives
 * alone is sent at once. No statement is settled before its transaction has ended.
 */
export class CommitGroups {
  private readonly queues = new Map<string, Queue>();

  /** @param onGroup gets the waits of the statements of each transaction, in milliseconds; MUST NOT throw */
  constructor(
    private readonly transport: GroupTransport,
    private readonly onGroup: (waitedMs: readonly number[]) => void,
  ) {}

  /** Rejects with the failure of this statement; a failure of others in its group does not affect it. */
  commit(tenantId: string, statement: GroupedStatement): Promise<Rows> {
    return new Promise((resolve, reject) => {
      const queue = this.queues.get(tenantId) ?? { waiting: [], inFlight: 0, timer: null };
      this.queues.set(tenantId, queue);
      queue.waiting.push({ ...statement, since: performance.now(), resolve, reject });
      if (queue.inFlight === 0 || queue.waiting.length >= MAX_GROUP) this.flush(tenantId, queue);
      else this.flushLater(tenantId, queue);
    });
  }

  private flushLater(tenantId: string, queue: Queue): void {
    queue.timer ??= setTimeout(() => {
      this.flush(tenantId, queue);
    }, MAX_WAIT_MS);
  }

  private flush(tenantId: string, queue: Queue): void {
    if (queue.timer) clearTimeout(queue.timer);
    queue.timer = null;
    const group = takeGroup(queue.waiting);
    if (group.length === 0) {
      if (queue.inFlight === 0) this.queues.delete(tenantId);
      return;
    }
    if (queue.waiting.length > 0) this.flushLater(tenantId, queue);
    queue.inFlight += 1;
    const sentAt = performance.now();
    this.onGroup(group.map(({ since }) => sentAt - since));
    void this.send(tenantId, group).finally(() => {
      queue.inFlight -= 1;
      this.flush(tenantId, queue);
    });
  }

  private async send(tenantId: string, group: readonly Waiting[]): Promise<void> {
    const [first] = group;
    if (!first || group.length === 1) return this.sendEachAlone(tenantId, group);
    const lock = first.lock(group.map(({ rowId }) => rowId));
    const queries = [lock, ...group.map(({ query }) => query)];
    const { results, committed } = await this.transport.together(tenantId, queries);
    if (committed.status === 'rejected' && !isRefused(committed.reason)) {
      // As with a lone statement, the changes may be committed or not.
      for (const { reject } of group) reject(committed.reason);
    } else if (committed.status === 'fulfilled' && committed.value) {
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index + 1];
        if (result?.status === 'fulfilled') resolve(result.value);
        else reject(result?.reason);
      });
    } else {
      await this.sendEachAlone(tenantId, group);
    }
  }

  private async sendEachAlone(tenantId: string, group: readonly Waiting[]): Promise<void> {
    await Promise.all(
      group.map(({ query, resolve, reject }) => this.transport.alone(tenantId, query).then(resolve, reject)),
    );
  }
}

/** Whether Postgres refused a commit, and rolled it back. False: the connection was lost, or the failure is unknown. */
function isRefused(thrown: unknown): boolean {
  const failure = failureOf(thrown);
  return failure !== null && !failure.drop;
}

/** Removes the statements of the next transaction from those that wait. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const { query } of waiting) {
    bytes += sizeOf(query.values);
    if (count === MAX_GROUP || (count > 0 && bytes > MAX_GROUP_BYTES)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

/** Approximate: numbers and the like do not count. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.length;
  return Array.isArray(value) ? value.reduce((sum: number, item: unknown) => sum + sizeOf(item), 0) : 0;
}

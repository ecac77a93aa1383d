import { pauseMs } from './back-off';
import { AssentConnectionError, AssentGapError, AssentHttpError, AssentRpcError, type StreamName } from './errors';
import { ConnectionLost, openEvents, orLost } from './event.stream';
import { parseJson, type HttpTransport } from './http.transport';

/**
 * `connecting`: a connection is being made, or pages are read. `live`: the server has opened the stream. `lost`: it broke, and the
 * next attempt is at `retryAt`. `ended`: everything was read.
 */
export type ConnectionState = 'connecting' | 'live' | 'lost' | 'ended';

export interface FollowOptions<T extends string = string> {
  /** seq of the last entry you have. Default 0: from the beginning. */
  readonly after?: number;
  /** Only these types; default all. */
  readonly types?: readonly T[];
  readonly signal?: AbortSignal;
  /** Read existing entries in pages of 1,000 first, then open the stream: faster for long logs. */
  readonly pages?: boolean;
  /**
   * Called when retention has deleted entries; the stream then continues with the remaining ones. Without it a gap is
   * an error.
   */
  readonly onGap?: (gap: AssentGapError) => void;
  /**
   * Called when the state of the connection changes. `cursor`: seq of the last entry that was read; `retryAt`:
   * milliseconds since 1970.
   */
  readonly onConnection?: (state: ConnectionState, cursor: number, retryAt: number | null) => void;
  /** Called with the seq of the newest entry at the server, on every page and every ping. */
  readonly onTail?: (tail: number) => void;
  /**
   * Milliseconds without a sign of life after which the follower gives up. Default 120,000: longer than a rolling
   * update.
   */
  readonly reconnectTimeoutMs?: number;
  /** Milliseconds without a byte after which a connection counts as dead. Default 45,000: three pings of the server. */
  readonly idleTimeoutMs?: number;
}

export interface LogEntry {
  readonly seq: number;
  readonly type: string;
}

export interface LogPage<E> {
  readonly entries: readonly E[];
  readonly cursor: number;
  readonly tail: number;
  /** No entry will follow. */
  readonly done: boolean;
}

/** A numbered log of the server that can be streamed and read in pages. */
export interface Log<E extends LogEntry> extends StreamName {
  readonly path: string;
  readonly ticket: Readonly<Record<string, string>>;
  /**
   * Types of terminal entries. They are always requested, because they end the stream even if the caller filters them
   * out.
   */
  readonly terminal: readonly string[];
  /** Receives messages other than entries: they have no seq and are sent once. */
  readonly onHint?: ((hint: unknown) => void) | undefined;
  page(after: number, types: readonly string[], limit: number, signal: AbortSignal | undefined): Promise<LogPage<E>>;
}

const RECONNECT_TIMEOUT_MS = 120_000;
const IDLE_TIMEOUT_MS = 45_000;
/** Used until the server has sent its own value. */
const FIRST_RETRY_MS = 1_000;
const PAGE = 1_000;
const OK = 200;
const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;
const GONE = 'urn:assent:error:gone';

/** Follows one log over as many connections as it takes. See AssentClient.frames. */
export class LogFollower<E extends LogEntry> {
  private cursor: number;
  private retryMs = FIRST_RETRY_MS;
  private aliveAt = performance.now();
  private ended = false;
  private readonly asked: readonly string[];

  constructor(
    private readonly transport: HttpTransport,
    private readonly log: Log<E>,
    private readonly options: FollowOptions,
  ) {
    const { after = 0, types = [] } = options;
    this.cursor = after;
    this.asked = types.length === 0 ? [] : [...new Set([...types, ...log.terminal])];
  }

  async *follow(): AsyncGenerator<E, void, undefined> {
    for await (const batch of this.batches()) for (const entry of batch) yield entry;
  }

  /** The entries as they arrive: a page, or a single entry. */
  async *batches(): AsyncGenerator<readonly E[], void, undefined> {
    const { signal, types = [], pages = false } = this.options;
    const wanted = new Set<string>(types);
    let isCaughtUp = !pages;
    for (let fruitless = 0; ;) {
      signal?.throwIfAborted();
      const before = this.cursor;
      let failure: unknown = null;
      this.report('connecting');
      try {
        for await (const entries of isCaughtUp ? this.connection() : this.pages()) {
          const batch: E[] = [];
          for (const entry of entries) {
            this.cursor = entry.seq;
            this.ended = this.log.terminal.includes(entry.type);
            if (wanted.size === 0 || wanted.has(entry.type)) batch.push(entry);
            if (this.ended) break;
          }
          yield batch;
          if (this.ended) break;
        }
        if (!isCaughtUp && !this.ended) {
          isCaughtUp = true;
          continue;
        }
        this.ended ||= this.cursor === before && (await this.isOver());
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error)) throw error;
        failure = error;
      }
      if (this.ended) {
        this.report('ended');
        return;
      }
      this.requireServerAlive(failure);
      fruitless = this.cursor > before ? 0 : fruitless + 1;
      const pause = Math.max(pauseMs(this.retryMs, fruitless, Math.random()), retryAfterMsOf(failure));
      this.report('lost', Date.now() + pause);
      await this.transport.pauses.wait(pause, signal);
    }
  }

  /** New entries of one connection, each as it arrives. */
  private async *connection(): AsyncGenerator<readonly E[], void, undefined> {
    const { signal, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.options;
    const { path, ticket } = this.log;
    const query = { after: this.cursor, types: this.asked.length === 0 ? undefined : this.asked.join(',') };
    const events = openEvents(
      this.transport,
      { path, query, ticket },
      {
        signal,
        idleTimeoutMs,
        onOpen: () => this.report('live'),
        onAlive: () => (this.aliveAt = performance.now()),
        onRetry: (retryMs) => (this.retryMs = retryMs),
      },
    );
    for await (const { event, data } of events) {
      if (event === 'gap') this.jump((parseJson(data, OK) as { readonly earliest: number }).earliest);
      if (event === 'ping') this.options.onTail?.((parseJson(data, OK) as { readonly tail: number }).tail);
      // Entries have no event name; pings, and events of a newer server, have one.
      if (event !== undefined) continue;
      const entry = parseJson(data, OK) as E | { readonly seq?: undefined };
      if (entry.seq === undefined) {
        this.log.onHint?.(entry);
        continue;
      }
      if (entry.seq <= this.cursor) continue;
      yield [entry];
    }
  }

  /** All entries that exist now. */
  private async *pages(): AsyncGenerator<readonly E[], void, undefined> {
    for (;;) {
      const page = await this.page(PAGE);
      if (page === null) continue;
      yield page.entries;
      this.cursor = Math.max(this.cursor, page.cursor);
      this.ended ||= page.done;
      if (this.ended || this.cursor >= page.tail || page.entries.length === 0) return;
    }
  }

  /** null: there was a gap; the cursor is behind it now. */
  private async page(limit: number): Promise<LogPage<E> | null> {
    try {
      const page = await orLost(this.log.page(this.cursor, this.asked, limit, this.options.signal));
      this.aliveAt = performance.now();
      this.options.onTail?.(page.tail);
      return page;
    } catch (error) {
      const earliest = earliestIn(error);
      if (earliest === null) throw error;
      this.jump(earliest);
      return null;
    }
  }

  private jump(earliest: number): void {
    const gap = new AssentGapError(this.log, this.cursor, earliest);
    if (!this.options.onGap) throw gap;
    this.options.onGap(gap);
    this.cursor = earliest - 1;
  }

  /** The stream of a run that was read to its end is empty, and looks like a connection that the server has closed. */
  private async isOver(): Promise<boolean> {
    return this.log.terminal.length > 0 && (await this.page(1))?.done === true;
  }

  private report(state: ConnectionState, retryAt: number | null = null): void {
    this.options.onConnection?.(state, this.cursor, retryAt);
  }

  private requireServerAlive(cause: unknown): void {
    const { reconnectTimeoutMs = RECONNECT_TIMEOUT_MS } = this.options;
    if (performance.now() - this.aliveAt < reconnectTimeoutMs) return;
    const { runId } = this.log;
    const what = runId === null ? 'The inbox' : `The stream of run ${runId}`;
    const text = `${what} cannot be reached. Continue with {after: ${this.cursor}} once the server is back.`;
    throw new AssentConnectionError(text, this.cursor, { cause });
  }
}

/** Whether another connection may succeed. */
function isPassing(error: unknown): boolean {
  if (error instanceof AssentRpcError) return error.retryable;
  if (!(error instanceof AssentHttpError)) return error instanceof ConnectionLost || isUnreached(error);
  const { status } = error;
  return status >= FIRST_SERVER_ERROR || status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT;
}

/** A page could not be read. */
function isUnreached(error: unknown): boolean {
  return error instanceof AssentConnectionError && error.after === null;
}

function retryAfterMsOf(failure: unknown): number {
  return failure instanceof AssentHttpError ? (failure.retryAfterMs ?? 0) : 0;
}

/** The first remaining entry, if the error reports that earlier ones were deleted. */
function earliestIn(error: unknown): number | null {
  if (!(error instanceof AssentRpcError) || error.type !== GONE) return null;
  const { earliest } = error.data;
  return typeof earliest === 'number' ? earliest : null;
}

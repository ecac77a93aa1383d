import type { Frame } from '@assent/contract';
import type { AssentGapError } from './errors';
import type { ConnectionState, FollowOptions } from './log.follower';
import { EMPTY_VIEW, viewOf, type RunView, type UnknownFrame } from './run.view';

/** Frames are published together, about once per screen refresh. */
const FLUSH_MS = 16;

/**
 * The state of a store's connection. `idle`: nobody is subscribed. `failed`: `error` says why; subscribing again
 * reconnects.
 */
export interface StreamStatus {
  readonly connection: ConnectionState | 'idle' | 'failed';
  /** With `lost`: the time of the next attempt, in milliseconds since 1970. */
  readonly retryAt: number | null;
  /** seq of the newest frame that the server has reported. */
  readonly tail: number;
  /** Frames that were deleted before they were read. */
  readonly gap: AssentGapError | null;
  readonly error: unknown;
}

type Follow = (options: FollowOptions) => AsyncIterable<readonly Frame[]>;

const IDLE: StreamStatus = { connection: 'idle', retryAt: null, tail: 0, gap: null, error: null };

/** The view of one run for user interfaces: connected while somebody is subscribed. */
export class RunStore {
  private snapshot: RunView = EMPTY_VIEW;
  private status: StreamStatus = IDLE;
  /** Frames that the next flush adds to the snapshot. */
  private unfolded: (Frame | UnknownFrame)[] = [];
  /** Ahead of the status until the next flush. */
  private folding: StreamStatus = IDLE;
  private readonly listeners = new Set<() => void>();
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private closing: ReturnType<typeof setTimeout> | undefined;
  private connection: AbortController | undefined;

  constructor(private readonly follow: Follow) {}

  /** The same object until something changes. */
  readonly getSnapshot = (): RunView => this.snapshot;

  /** The same object until something changes. */
  readonly getStatus = (): StreamStatus => this.status;

  /** @param listener called when the snapshot or the status has changed @returns ends the subscription */
  readonly subscribe = (listener: () => void): (() => void) => {
    const subscription = (): void => listener();
    this.listeners.add(subscription);
    clearTimeout(this.closing);
    if (!this.connection && this.folding.connection !== 'ended') this.open();
    return () => {
      this.listeners.delete(subscription);
      // Deferred, so that a component that is remounted at once keeps the connection.
      if (this.listeners.size === 0) this.closing = setTimeout(() => this.close(), 0);
    };
  };

  /** Adds frames that were read elsewhere. Only those that directly follow the newest one are used. */
  add(frames: Iterable<Frame | UnknownFrame>): void {
    for (const frame of frames) this.take(frame);
    if (this.listeners.size === 0) this.fold();
    else this.flushSoon();
  }

  private open(): void {
    const connection = new AbortController();
    this.connection = connection;
    void this.read(connection.signal).then(
      () => this.leave(connection),
      (error: unknown) => {
        if (connection.signal.aborted) return;
        this.leave(connection);
        this.change({ connection: 'failed', error });
      },
    );
  }

  private async read(signal: AbortSignal): Promise<void> {
    const batches = this.follow({
      after: this.cursor(),
      pages: true,
      signal,
      onConnection: (connection, _cursor, retryAt) => this.change({ connection, retryAt, error: null }),
      onTail: (tail) => this.change({ tail }),
      onGap: (gap) => this.change({ gap }),
    });
    for await (const batch of batches) {
      for (const frame of batch) this.take(frame);
      this.flushSoon();
    }
  }

  /** seq of the newest frame. */
  private cursor(): number {
    return this.unfolded.at(-1)?.seq ?? this.snapshot.seq;
  }

  private take(frame: Frame | UnknownFrame): void {
    if (frame.seq > this.cursor()) this.unfolded.push(frame);
  }

  private fold(): void {
    this.snapshot = viewOf(this.unfolded, this.snapshot);
    this.unfolded = [];
  }

  private close(): void {
    this.connection?.abort();
    this.connection = undefined;
    clearTimeout(this.flushing);
    this.flushing = undefined;
    if (this.folding.connection !== 'ended') this.folding = { ...this.folding, connection: 'idle', retryAt: null };
    this.flush();
  }

  private leave(connection: AbortController): void {
    if (this.connection === connection) this.connection = undefined;
  }

  private change(change: Partial<StreamStatus>): void {
    this.folding = { ...this.folding, ...change };
    this.flushSoon();
  }

  private flushSoon(): void {
    this.flushing ??= setTimeout(() => {
      this.flushing = undefined;
      this.flush();
    }, FLUSH_MS);
  }

  private flush(): void {
    if (this.unfolded.length === 0 && this.status === this.folding) return;
    this.fold();
    this.status = this.folding;
    for (const listener of [...this.listeners]) listener();
  }
}

import { AssentGapError, type AssentClient, type ConnectionState } from '@assent/client';
import { FrameLog, type LogFrame } from './frame.log';

/** How long a hidden tab keeps its stream. */
export const HIDDEN_MS = 30_000;
const PAGE = 1_000;

export interface FeedStatus {
  /** `paused`: the tab is hidden. `failed`: `error` says why, and nothing is tried again by itself. */
  readonly connection: ConnectionState | 'paused' | 'failed';
  /** With `lost`: when the next attempt is made, in milliseconds since 1970. */
  readonly retryAt: number | null;
  /** seq of the newest frame at the server, as far as it has said. */
  readonly tail: number;
  /** Frames that were deleted before they were read. */
  readonly gap: { readonly from: number; readonly to: number } | null;
  readonly error: unknown;
}

/** What a feed needs of its tab. */
export interface FeedHost {
  /** Runs the callback before the next picture. @param isBehind more frames are being read: it may wait. @returns cancels it */
  nextPicture(callback: () => void, isBehind: boolean): () => void;
  onChange(): void;
}

type FeedClient = Pick<AssentClient, 'batches' | 'call' | 'retryNow'>;

/** Reads the frames of one run into a log: what is there in pages, then live, together once for each picture. */
export class RunFeed {
  readonly log = new FrameLog();
  status: FeedStatus = { connection: 'connecting', retryAt: null, tail: 0, gap: null, error: null };
  /** Changes with every picture. */
  round = 0;
  private waiting: LogFrame[] = [];
  private cursor = 0;
  private unschedule: (() => void) | undefined;
  /** The scheduled picture may wait. */
  private isPictureLate = false;
  private connection: AbortController | undefined;

  constructor(
    private readonly client: FeedClient,
    private readonly runId: string,
    private readonly host: FeedHost,
  ) {}

  /** Connects, from the last frame that was read on. Does nothing where it is connected or everything was read. */
  open(): void {
    if (this.connection || this.status.connection === 'ended') return;
    const connection = new AbortController();
    this.connection = connection;
    void this.read(connection.signal).catch((error: unknown) => {
      if (connection.signal.aborted) return;
      this.connection = undefined;
      this.change({ connection: 'failed', error });
    });
  }

  /** Closes the stream; `open` goes on where it was. */
  pause(): void {
    if (this.status.connection === 'ended' || this.status.connection === 'failed') return;
    this.leave();
    this.change({ connection: 'paused', retryAt: null });
  }

  close(): void {
    this.leave();
    this.unschedule?.();
    this.unschedule = undefined;
  }

  /** Ends the pause before the next attempt. */
  retryNow(): void {
    if (this.status.connection === 'failed') this.change({ connection: 'connecting', error: null });
    this.client.retryNow();
    this.open();
  }

  /** Reads what was added after the end: an outcome, and facts. */
  async readLate(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const params = { runId: this.runId, after: this.cursor, limit: PAGE };
      const { frames, tail } = await this.client.call('stream', params, { signal });
      this.take(frames);
      if (frames.length === 0 || this.cursor >= tail) return;
    }
  }

  private async read(signal: AbortSignal): Promise<void> {
    const batches = this.client.batches(this.runId, {
      after: this.cursor,
      pages: true,
      signal,
      reconnectTimeoutMs: Infinity,
      onConnection: (connection, _cursor, retryAt) => {
        // Everything that was streamed is read; late frames are not yet.
        if (connection !== 'ended') this.change({ connection, retryAt, error: null });
      },
      onTail: (tail) => this.change({ tail }),
      onGap: ({ after, earliest }: AssentGapError) => {
        this.cursor = earliest - 1;
        this.change({ gap: { from: after + 1, to: earliest - 1 } });
      },
    });
    for await (const batch of batches) this.take(batch);
    await this.readLate(signal);
    this.connection = undefined;
    this.change({ connection: 'ended', retryAt: null });
  }

  private take(batch: readonly LogFrame[]): void {
    for (const frame of batch) {
      if (frame.seq <= this.cursor) continue;
      this.cursor = frame.seq;
      this.waiting.push(frame);
    }
    this.schedule();
  }

  private change(change: Partial<FeedStatus>): void {
    this.status = { ...this.status, ...change };
    this.schedule();
  }

  private schedule(): void {
    // The first page is shown at once. A picture of each further page would cost more than its frames.
    const isBehind = this.log.frames.length > 0 && this.cursor < this.status.tail;
    if (this.isPictureLate && !isBehind) {
      this.unschedule?.();
      this.unschedule = undefined;
    }
    if (this.unschedule) return;
    this.isPictureLate = isBehind;
    this.unschedule = this.host.nextPicture(() => {
      this.unschedule = undefined;
      this.log.append(this.waiting);
      this.waiting = [];
      this.round += 1;
      this.host.onChange();
    }, isBehind);
  }

  private leave(): void {
    this.connection?.abort();
    this.connection = undefined;
  }
}

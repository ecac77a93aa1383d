import { Readable } from 'node:stream';
import { TERMINAL_FRAME_TYPES } from '@assent/contract';
import type { FrameFollower, FrameHub } from './frame.hub';
import type { FrameLine } from './frame.line';
import type { FrameLog } from './frame.repository';

/** How a stream encodes frames; the native EventSource form and the JSON-RPC form differ only here. */
export interface StreamEncoding {
  frame(line: FrameLine): string;
  ping(tail: number): string;
  gap(earliest: number): string;
  /** Final bytes of a stream that ends because the run has ended. */
  end(cursor: number): string;
}

export interface StreamOptions {
  readonly runId: string;
  /** Name of the log, written in the first comment of the stream. */
  readonly name: string;
  /** seq of the last frame the client has. */
  readonly after: number;
  /** Frame types to pass on; empty: all. */
  readonly types: ReadonlySet<string>;
  /** The run had ended when the stream was opened, at this seq. */
  readonly head: number;
  readonly ended: boolean;
  readonly encoding: StreamEncoding;
  readonly maxAgeMs: number;
  /** Called when frames that the client asked for have been deleted. */
  readonly onGap: () => void;
  /** Called when the client is cut off because it does not read. */
  readonly onCutOff: () => void;
}

/** Number of frames that a replay reads at once. */
const PAGE = 500;
/** Maximum bytes buffered for a client that does not read. It is then cut off, and can resume with its cursor. */
const MAX_BUFFERED_BYTES = 1_048_576;
/** Pause before a reconnect, announced in the first bytes, which are sent at once because of proxies. */
const RETRY_MS = 1_000;
/** Reconnects after a shutdown or the age limit are spread over this time. */
const RETRY_JITTER_MS = 2_000;

/**
 * One client's view of a run: replays from its cursor, then follows live. A Readable, so that the HTTP layer pauses the
 * replay when the client is slow. Ends after the terminal frame; closing it never touches the run.
 */
export class FrameStream extends Readable implements FrameFollower {
  private cursor: number;
  private live = false;
  private started = false;
  private ending = false;
  private ended: boolean;
  private resumeReading: (() => void) | null = null;
  private unwatch: () => void = () => undefined;
  private readonly closeAt: number;

  constructor(
    private readonly hub: FrameHub,
    private readonly frames: Pick<FrameLog, 'read'>,
    private readonly options: StreamOptions,
  ) {
    super();
    this.cursor = options.after;
    this.ended = options.ended;
    this.closeAt = Date.now() + options.maxAgeMs * (0.9 + Math.random() * 0.2);
    this.push(`retry: ${RETRY_MS}\n: ${options.name}\n\n`);
    this.unwatch = hub.watch(options.runId, this);
  }

  override _read(): void {
    this.resumeReading?.();
    if (this.started) return;
    this.started = true;
    this.replay().catch((error: unknown) => {
      this.destroy(error instanceof Error ? error : new Error('replay failed'));
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.unwatch();
    this.resumeReading?.();
    callback(error);
  }

  deliver(lines: readonly FrameLine[]): void {
    let text = '';
    for (const line of lines) text += this.accept(line);
    if (text !== '') this.push(text);
    if (this.ended) this.finish();
    else if (this.readableLength > MAX_BUFFERED_BYTES) this.cutOff();
  }

  /** Sends text that is not part of the log; a slow client does not get it. */
  tell(text: string): void {
    if (!this.ending && !this.destroyed && this.readableLength <= MAX_BUFFERED_BYTES) this.push(text);
  }

  /** Keeps proxies and clients from closing the connection; also checks the age limit. */
  ping(): void {
    if (this.ending || this.destroyed) return;
    this.push(this.options.encoding.ping(Math.max(this.cursor, this.hub.tail(this.options.runId))));
    if (this.live && this.readableLength > MAX_BUFFERED_BYTES) this.cutOff();
    else if (Date.now() > this.closeAt) this.close();
  }

  close(): void {
    if (this.ending || this.destroyed) return;
    this.push(`retry: ${String(RETRY_MS + Math.floor(Math.random() * RETRY_JITTER_MS))}\n\n`);
    this.stop();
  }

  private async replay(): Promise<void> {
    let first = true;
    while (!this.live && !this.ending && !this.destroyed) {
      const lines = await this.frames.read(this.options.runId, this.cursor, PAGE);
      if (this.isOver()) return;
      if (first) this.announceGap(lines[0]?.seq ?? this.options.head + 1);
      first = false;
      const text = lines.map((line) => this.accept(line)).join('');
      // A slow client pauses the replay here, regardless of how many frames remain.
      if (text !== '' && !this.push(text)) await this.untilRead();
      if (this.isOver()) return;
      if (lines.length < PAGE) {
        if (this.ended && this.cursor >= this.options.head) {
          this.finish();
          return;
        }
        this.live = this.hub.join(this.options.runId, this, this.cursor);
      }
    }
  }

  private cutOff(): void {
    if (this.destroyed) return;
    this.options.onCutOff();
    this.destroy();
  }

  private async untilRead(): Promise<void> {
    await new Promise<void>((resolve) => (this.resumeReading = resolve));
    this.resumeReading = null;
  }

  /** Whether the stream ended during an await. */
  private isOver(): boolean {
    return this.ending || this.destroyed;
  }

  private announceGap(earliest: number): void {
    if (earliest <= this.cursor + 1) return;
    this.options.onGap();
    this.push(this.options.encoding.gap(earliest));
    this.cursor = earliest - 1;
  }

  private accept(line: FrameLine): string {
    if (line.seq <= this.cursor) return '';
    this.cursor = line.seq;
    if (TERMINAL_FRAME_TYPES.has(line.type)) this.ended = true;
    const { types, encoding } = this.options;
    return types.size === 0 || types.has(line.type) ? encoding.frame(line) : '';
  }

  private finish(): void {
    if (this.ending) return;
    this.push(this.options.encoding.end(this.cursor));
    this.stop();
  }

  private stop(): void {
    this.ending = true;
    this.unwatch();
    this.push(null);
  }
}

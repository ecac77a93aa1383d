import { frame, type NewFrame } from '@assent/contract';
import type { BudgetWarning } from '@assent/models';
import type { TraceDelta } from '@assent/planner';
import type { FrameAppender } from '@assent/runs';

/** Pause between two appends: at most 10 appends per second, or 20 frames with a change of channel. */
const FLUSH_MS = 100;

/**
 * Streams a model's output as frames: coalesced, in order, durable before they are published. A lost lease ends the stream
 * with an error, which `end` throws.
 */
export class TraceStream {
  private waiting: NewFrame[] = [];
  private last: TraceDelta | null = null;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private failure: Error | null = null;
  chars = 0;

  constructor(
    private readonly appender: FrameAppender,
    private readonly lease: { readonly runId: string; readonly fence: number },
    private readonly step: number,
  ) {}

  readonly delta = (delta: TraceDelta): void => {
    this.chars += delta.text.length;
    const { last } = this;
    if (last?.channel === delta.channel && last.attempt === delta.attempt) {
      this.last = { ...delta, text: last.text + delta.text };
    } else {
      this.close();
      this.last = delta;
    }
    this.later();
  };

  readonly warn = (warning: BudgetWarning): void => {
    this.close();
    this.waiting.push(frame('budget.warning', this.step, { ...warning }));
    this.later();
  };

  /** Resolves when all frames are durable. @throws AssentError conflict when the lease is lost */
  async end(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.flush();
    await this.writing;
    if (this.failure) throw this.failure;
  }

  private later(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.flush();
    }, FLUSH_MS);
  }

  /** Closes the current delta, so that further text begins a new one. */
  private close(): void {
    if (this.last) this.waiting.push(frame('trace.delta', this.step, { ...this.last }));
    this.last = null;
  }

  private flush(): void {
    this.close();
    if (this.waiting.length === 0) return;
    const frames = this.waiting;
    this.waiting = [];
    this.writing = this.writing
      .then(() => this.appender.append(this.lease, frames))
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error('a delta could not be written', { cause: error });
      });
  }
}

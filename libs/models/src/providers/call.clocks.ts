import { ModelTimeout, type ModelClock } from './model.failure';

/** Milliseconds each clock of a call may run. */
export type ClockLimits = Readonly<Record<ModelClock, number>>;

/**
 * The four clocks of one call: until the headers, until the first content, between two pieces of content, and in all.
 * The first three take turns. Whichever runs out aborts `signal` with a `ModelTimeout`; so does the caller, with its own
 * reason. `stop` MUST be called at the end: it clears the timers and aborts what is still open.
 */
export class CallClocks {
  private readonly controller = new AbortController();
  private readonly total: NodeJS.Timeout;
  private turn: NodeJS.Timeout;
  /** Content that comes late must not start a clock again. */
  private stopped = false;
  private content = false;
  /** Rejects when the call is aborted, by whomever. */
  readonly aborted: Promise<never>;

  constructor(
    private readonly limits: ClockLimits,
    private readonly caller: AbortSignal,
  ) {
    this.total = this.startTimer('total');
    this.turn = this.startTimer('headers');
    caller.addEventListener('abort', this.onCallerAbort, { once: true });
    this.aborted = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.reason()), { once: true });
    });
    // Nobody waits for it while the consumer is at work.
    this.aborted.catch(() => undefined);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  headersCame(): void {
    if (!this.content) this.next('first_content');
  }

  /** The consumer's time is not the model's. */
  contentCame(): void {
    this.content = true;
    clearTimeout(this.turn);
  }

  waitForContent(): void {
    this.next('gap');
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.turn);
    clearTimeout(this.total);
    this.caller.removeEventListener('abort', this.onCallerAbort);
    this.controller.abort(new DOMException('The call is over.', 'AbortError'));
  }

  private readonly onCallerAbort = (): void => {
    this.controller.abort(this.caller.reason);
  };

  private next(clock: ModelClock): void {
    clearTimeout(this.turn);
    if (!this.stopped) this.turn = this.startTimer(clock);
  }

  private startTimer(clock: ModelClock): NodeJS.Timeout {
    const afterMs = this.limits[clock];
    return setTimeout(() => {
      this.controller.abort(new ModelTimeout(clock, afterMs));
    }, afterMs);
  }

  private reason(): Error {
    const reason: unknown = this.signal.reason;
    return reason instanceof Error ? reason : new Error('The call was aborted.', { cause: reason });
  }
}

import { ModelTimeout, type ModelClock } from './model.failure';

/** Duration of each clock in milliseconds. */
export type ClockLimits = Readonly<Record<ModelClock, number>>;

/**
 * The four clocks of one call: until the headers, until the first content, between two pieces of content, and in total.
 * The first three run one after the other. A clock that expires aborts `signal` with a `ModelTimeout`; the caller's
 * signal aborts it with its own reason. `stop` MUST be called at the end: it clears the timers and aborts the request
 * if it is still open.
 */
export class CallClocks {
  private readonly controller = new AbortController();
  private readonly total: NodeJS.Timeout;
  private turn: NodeJS.Timeout;
  /** Late content must not restart a clock. */
  private stopped = false;
  private content = false;
  /** Rejects when a clock or the caller aborts the call. */
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
    // No consumer awaits this promise while it processes a piece, so mark a rejection as handled.
    this.aborted.catch(() => undefined);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  headersCame(): void {
    if (!this.content) this.next('first_content');
  }

  /** Pauses the clocks: time that the consumer takes does not count. */
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

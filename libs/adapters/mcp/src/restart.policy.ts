import { ExponentialBackoff, type IBackoff } from 'cockatiel';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** After this many attempts without a healthy period, restarts pause. */
const MAX_ATTEMPTS = 10;
const PAUSE_MS = 600_000;

/** Calls `work` after `ms`. @returns a function that cancels it */
export type Later = (ms: number, work: () => void) => () => void;

export const later: Later = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => {
    clearTimeout(timer);
  };
};

/** Delays between restarts of a server: growing with jitter up to a long pause, then from the beginning. */
export class RestartPolicy {
  private attempts = 0;
  private backoff: IBackoff<unknown> | null = null;

  /** @returns the delay in milliseconds, and whether it is the long pause */
  next(): { readonly delayMs: number; readonly isPause: boolean } {
    this.attempts += 1;
    if (this.attempts > MAX_ATTEMPTS) {
      this.reset();
      return { delayMs: PAUSE_MS, isPause: true };
    }
    const factory = new ExponentialBackoff<unknown>({ initialDelay: FIRST_DELAY_MS, maxDelay: LONGEST_DELAY_MS });
    this.backoff = this.backoff ? this.backoff.next(undefined) : factory.next();
    return { delayMs: Math.min(this.backoff.duration, LONGEST_DELAY_MS), isPause: false };
  }

  reset(): void {
    this.attempts = 0;
    this.backoff = null;
  }
}

import { AssentError } from '@assent/contract';

/** Details of the error of a call that was never attempted, for a reason that passes by itself. */
export const NOT_ATTEMPTED = { sent: false, attempted: false } as const;

/** Nothing was sent, and the same call may succeed later: its server is away, or too much is under way. */
export function wasNotAttempted(thrown: unknown): boolean {
  return thrown instanceof AssentError && thrown.retryable && thrown.details['attempted'] === false;
}

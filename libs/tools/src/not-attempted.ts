import { AssentError } from '@assent/contract';

/** Error details of a call that was not attempted, for a temporary reason. */
export const NOT_ATTEMPTED = { sent: false, attempted: false } as const;

/** Whether nothing was sent and the same call may succeed later, because its server cannot be reached or is overloaded. */
export function wasNotAttempted(thrown: unknown): boolean {
  return thrown instanceof AssentError && thrown.retryable && thrown.details['attempted'] === false;
}

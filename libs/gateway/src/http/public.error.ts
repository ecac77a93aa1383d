import { AssentError, toAssentError } from '@assent/contract';
import { failureOf } from '@assent/platform';

/**
 * Converts an error for the caller. An unavailable database is reported as overload, because a repeated call may
 * succeed.
 */
export function toPublicError(thrown: unknown): AssentError {
  switch (failureOf(thrown)?.kind) {
    case 'transient':
      return new AssentError(
        'overloaded',
        'The database does not respond. Try again in a moment; the call may or may not have been carried out.',
        { retryAfterSeconds: 1 },
        { cause: thrown },
      );
    case 'invalid':
      return new AssentError(
        'invalid',
        'The call was not carried out: a value in it cannot be stored, because it is out of range or not valid text. Check its numbers, dates and texts.',
        {},
        { cause: thrown },
      );
    default:
      return toAssentError(thrown);
  }
}

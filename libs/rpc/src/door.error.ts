import { AssentError, toAssentError } from '@assent/contract';
import { isTransient } from '@assent/platform';

/** What a caller is told of a failure. A database that is away is overload, not our bug: the same call may work in a moment. */
export function atTheDoor(thrown: unknown): AssentError {
  if (!(thrown instanceof AssentError) && isTransient(thrown)) {
    const text =
      'The database does not answer right now: try again in a moment. The call may or may not have been carried out.';
    return new AssentError('overloaded', text, { retryAfterSeconds: 1 }, { cause: thrown });
  }
  return toAssentError(thrown);
}

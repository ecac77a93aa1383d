import { AssentError } from '@assent/contract';

/**
 * A failure of the way to another system, not of what it answered: only these open a circuit breaker.
 * @param sent whether the other side may have got the request, and so acted on it
 */
export function transportFault(
  reason: 'timeout' | 'overloaded',
  message: string,
  { cause, sent }: { cause?: unknown; sent: boolean },
): AssentError {
  return new AssentError(reason, message, { transport: true, sent }, { cause });
}

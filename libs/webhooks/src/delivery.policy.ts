const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Seconds before each attempt: the first is immediate, the last about three days and three hours later. Then the
 * delivery is a dead letter.
 */
export const SCHEDULE_SECONDS = [
  0,
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** Jitter of up to a fifth, so that deliveries that failed together are not retried together. */
const JITTER = 0.2;
/** A receiver may ask for a longer pause, up to the longest one of the schedule. */
const PAUSE_MAX_SECONDS = 24 * HOUR;

const GONE = 410;

/** The result of one attempt: a response, or the reason of the failure. */
export type AttemptResult =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly status: null; readonly error: string };

export type AttemptOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly afterSeconds: number }
  | { readonly kind: 'dead'; readonly reason: 'exhausted' | 'gone' };

/**
 * The outcome of an attempt. Only 2xx is a success: a redirect fails, because its target was not configured by the
 * tenant.
 * @param attempts attempts of this round, including this one
 * @param random 0 to 1
 */
export function outcomeOf(result: AttemptResult, attempts: number, random: number, nowMs: number): AttemptOutcome {
  const { status } = result;
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === GONE) return { kind: 'dead', reason: 'gone' };
  const planned = SCHEDULE_SECONDS[attempts];
  if (planned === undefined) return { kind: 'dead', reason: 'exhausted' };
  const asked = status === null ? 0 : retryAfterSeconds(result.retryAfter, nowMs);
  return { kind: 'retry', afterSeconds: Math.max(planned * (1 + JITTER * random), asked) };
}

/** Seconds of a Retry-After header, in either form (RFC 9110, section 10.2.3); 0 when malformed. */
export function retryAfterSeconds(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? '';
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), PAUSE_MAX_SECONDS) : 0;
}

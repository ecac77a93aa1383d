const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds before each try: the first at once, the last one three days and three hours after it. Then it is a dead letter. */
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

/** Tries spread over a fifth more than the plan, so that those that failed together do not come back together. */
const JITTER = 0.2;
/** A receiver may ask for a longer pause, not for more than the longest one there is. */
const PAUSE_MAX_SECONDS = 24 * HOUR;

const GONE = 410;

/** What came of one try: an answer, or why there was none. */
export type Attempted =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly status: null; readonly error: string };

export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly afterSeconds: number }
  | { readonly kind: 'dead'; readonly reason: 'exhausted' | 'gone' };

/**
 * What follows from a try. Only 2xx is a delivery: a redirect is one of somebody else's choosing, so it fails.
 * @param tries tries of this round so far, this one included
 * @param random 0 to 1
 */
export function verdictOf(attempted: Attempted, tries: number, random: number, nowMs: number): Verdict {
  const { status } = attempted;
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === GONE) return { kind: 'dead', reason: 'gone' };
  const planned = SCHEDULE_SECONDS[tries];
  if (planned === undefined) return { kind: 'dead', reason: 'exhausted' };
  const asked = status === null ? 0 : retryAfterSeconds(attempted.retryAfter, nowMs);
  return { kind: 'retry', afterSeconds: Math.max(planned * (1 + JITTER * random), asked) };
}

/** Seconds of a Retry-After header, in either form (RFC 9110, section 10.2.3); 0 for what is none. */
export function retryAfterSeconds(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? '';
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), PAUSE_MAX_SECONDS) : 0;
}

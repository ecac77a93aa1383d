import { setTimeout as pause } from 'node:timers/promises';
import { scaled } from './limits';

/** First poll interval. Each later one is half as long again, up to the longest: waiting leaves the CPU to the servers. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 300;
/** What the promises allow for a takeover, the longest wait there is. */
const WITHIN_MS = 30_000;

/**
 * Polls until the check returns a value. @returns the first value that is neither undefined, null nor false
 * @param withinMs on an idle machine
 * @throws Error naming what never happened, with the last failure as its cause
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  withinMs = WITHIN_MS,
): Promise<Exclude<T, undefined | null | false>> {
  const startedAt = performance.now();
  let cause: unknown;
  let pauseMs = FIRST_PAUSE_MS;
  do {
    try {
      const seen = await check();
      if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, undefined | null | false>;
    } catch (error) {
      cause = error;
    }
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
    // The machine may be slower now than at the start.
  } while (performance.now() < startedAt + scaled(withinMs));
  throw new Error(`Within ${scaled(withinMs)} ms it did not happen: ${what}.`, { cause });
}

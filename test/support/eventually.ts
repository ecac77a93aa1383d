import { setTimeout as pause } from 'node:timers/promises';
import { scaled } from './limits';

/** Poll interval: short compared with the awaited event, long enough to leave the CPU to the servers. */
const PAUSE_MS = 20;
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
  do {
    try {
      const seen = await check();
      if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, undefined | null | false>;
    } catch (error) {
      cause = error;
    }
    await pause(PAUSE_MS);
    // The machine may be slower now than at the start.
  } while (performance.now() < startedAt + scaled(withinMs));
  throw new Error(`Within ${scaled(withinMs)} ms it did not happen: ${what}.`, { cause });
}

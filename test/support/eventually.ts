/** Between two looks: short against everything that is waited for, long enough to leave the processor to the servers. */
const PAUSE_MS = 20;
/** What the promises allow for a takeover, the longest wait there is. */
const WITHIN_MS = 30_000;

/**
 * Looks until there is something to see. @returns the first value that is neither undefined, null nor false
 * @throws Error naming what never happened, with the last failure as its cause
 */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = WITHIN_MS,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, undefined | null | false>;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  } while (performance.now() < deadline);
  throw new Error(`Within ${withinMs} ms it did not happen: ${what}.`, { cause });
}

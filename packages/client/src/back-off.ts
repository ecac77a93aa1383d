/** A replica that restarts is back within this time; asking more rarely would only make people wait. */
const LONGEST_MS = 15_000;
/** Share of the pause that chance adds, so that clients cut off together do not come back together. */
const JITTER = 0.5;

/**
 * Pause before the next connection, in milliseconds: the server's `retry:` doubled for every connection in a row that
 * brought nothing, plus up to half of that. Never shorter than what the server asked for.
 * @param retryMs the server's last `retry:`
 * @param fruitless connections in a row that brought no frame
 * @param random in [0, 1)
 */
export function pauseMs(retryMs: number, fruitless: number, random: number): number {
  const grown = Math.min(retryMs * 2 ** fruitless, Math.max(retryMs, LONGEST_MS));
  return grown * (1 + JITTER * random);
}

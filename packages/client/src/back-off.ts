/** A replica that restarts is back within this time; asking more rarely would only make people wait. */
const MAX_PAUSE_MS = 15_000;
/** Share of the pause that chance adds, so that clients cut off together do not come back together. */
const JITTER = 0.5;

/**
 * Pause before the next attempt, in milliseconds: the first pause doubled for every attempt in a row that
 * brought nothing, plus up to half of that. Never shorter than the first pause.
 * @param firstMs for a stream the server's last `retry:`
 * @param fruitless attempts in a row that brought nothing
 * @param random in [0, 1)
 */
export function pauseMs(firstMs: number, fruitless: number, random: number): number {
  const grown = Math.min(firstMs * 2 ** fruitless, Math.max(firstMs, MAX_PAUSE_MS));
  return grown * (1 + JITTER * random);
}

/** The pauses of a client that are not over yet. */
export class Pauses {
  private readonly open = new Set<() => void>();

  /** Resolves when the time is over, the signal is aborted, or `endAll` is called. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.open.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.open.add(end);
      signal?.addEventListener('abort', end);
      if (signal?.aborted === true) end();
    });
  }

  endAll(): void {
    for (const end of [...this.open]) end();
  }
}

/** A restarting replica is back within this time; longer pauses would only make people wait. */
const MAX_PAUSE_MS = 15_000;
/**
 * Random share added to a pause (jitter), so that clients that were disconnected together do not reconnect together.
 */
const JITTER = 0.5;

/**
 * Pause before the next attempt, in milliseconds: the first pause, doubled for every consecutive attempt without data,
 * plus up to half of that. Never shorter than the first pause.
 * @param firstMs for a stream the server's last `retry:`
 * @param fruitless consecutive attempts without data
 * @param random in [0, 1)
 */
export function pauseMs(firstMs: number, fruitless: number, random: number): number {
  const grown = Math.min(firstMs * 2 ** fruitless, Math.max(firstMs, MAX_PAUSE_MS));
  return grown * (1 + JITTER * random);
}

/** The pending pauses of a client. */
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

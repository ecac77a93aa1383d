import type { Log } from '@assent/platform';

/** Something that a run waits for, and whose time is up. */
interface Due {
  readonly runId: string;
  readonly requestId: string;
}

/**
 * Ends everything whose time is up. One that cannot be ended holds up no other; the next look tries it again.
 * @param what a plural, for the log
 */
export async function endDue<T extends Due>(
  what: string,
  find: () => Promise<readonly T[]>,
  end: (due: T) => Promise<void>,
  log: Log,
): Promise<void> {
  try {
    for (const due of await find()) {
      await end(due).catch((error: unknown) => {
        const { runId, requestId: request } = due;
        log.error({ err: error, runId, request }, `one of the ${what} could not be ended; the next look tries again`);
      });
    }
  } catch (error) {
    log.warn({ err: error }, `looking for ${what} failed; the next look tries again`);
  }
}

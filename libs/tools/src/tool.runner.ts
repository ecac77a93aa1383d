import { AssentError } from '@assent/contract';

export interface CallLimits {
  /** Name of the tool, for messages. */
  readonly tool: string;
  readonly deadlineMs: number;
  /** Signal of the caller. Aborting it ends the call with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Runs a call that may be abandoned: it ends for the caller at the deadline or on abort, whether or not the tool heeds its
 * signal. Ignores the tool's later result.
 * @throws AssentError `timeout` at the deadline; the caller's reason on its abort; `internal` for other errors of a tool
 */
export async function runAbandoning<T>(limits: CallLimits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withDeadline(limits, (signal) => Promise.race([work(signal), rejection(signal)]));
}

/**
 * Runs a call that must not be abandoned: its signal aborts at the deadline, but the call ends only when the tool does. Used for
 * an apply, whose caller holds a lock that has to outlast the last write.
 */
export async function runToTheEnd<T>(limits: CallLimits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withDeadline(limits, work);
}

async function withDeadline<T>(
  { tool, deadlineMs, signal }: CallLimits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const text = `The tool ${tool} did not answer within ${deadlineMs} ms. Try again, or ask for less.`;
    controller.abort(new AssentError('timeout', text, { tool }));
  }, deadlineMs);
  const onCallerAbort = () => {
    controller.abort(signal.reason);
  };
  signal.addEventListener('abort', onCallerAbort, { once: true });
  try {
    return await work(controller.signal);
  } catch (thrown) {
    if (thrown instanceof AssentError) throw thrown;
    // A tool may report the abort with its own error; the caller gets the reason.
    controller.signal.throwIfAborted();
    throw new AssentError(
      'internal',
      `The tool ${tool} failed inside the server. Try again; if it stays, report it.`,
      { tool },
      { cause: thrown },
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onCallerAbort);
  }
}

/** Rejects with the signal's reason when it aborts; never resolves. */
export async function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

import { printable } from '../printable';
import { answerLimitSeconds } from './hold';
import { denial, eventOf, NO_OPINION, type HookAgent } from './hook.answer';
import { post } from './post';

const MS_PER_SECOND = 1_000;

export interface HookOptions {
  readonly agent: HookAgent;
  /** @throws where the environment does not name a server and a key */
  readonly connection: () => { readonly url: string; readonly key: string };
  readonly holdSeconds: number;
  /** The server's answer when nobody has decided within the hold. */
  readonly onTimeout: string;
  /** Without an answer from the server the agent continues with its own prompt instead of being denied. */
  readonly isFailOpen: boolean;
  readonly signal: AbortSignal | undefined;
  readonly readInput: () => Promise<string>;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** Answers one permission hook: forwards the agent's question to the server and prints the server's answer. */
export async function runHook(options: HookOptions): Promise<void> {
  const { readInput, isFailOpen, print, printError } = options;
  let input = '';
  try {
    input = await readInput();
    print(await answerOf(input, options));
  } catch (error) {
    const reason = `Assent gave no decision: ${printable(error instanceof Error ? error.message : String(error))}`;
    printError(reason);
    print(isFailOpen ? NO_OPINION : denial(eventOf(input), `${reason} The call was not made.`));
  }
}

async function answerOf(input: string, options: HookOptions): Promise<string> {
  const { agent, connection, holdSeconds, onTimeout, signal } = options;
  const { url: base, key } = connection();
  const url = new URL(`hooks/${agent}`, base.endsWith('/') ? base : `${base}/`);
  url.searchParams.set('hold', String(holdSeconds));
  url.searchParams.set('onTimeout', onTimeout);
  const seconds = answerLimitSeconds(holdSeconds);
  const limit = AbortSignal.timeout(seconds * MS_PER_SECOND);
  try {
    return await post({ url, key, body: input, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (cause) {
    if (limit.aborted) throw new Error(`${url.origin} did not answer within ${seconds} s.`, { cause });
    if (signal?.aborted === true) throw new Error('The hook was interrupted.', { cause });
    const { code } = cause as { readonly code?: unknown };
    throw typeof code === 'string' ? new Error(`${url.origin} cannot be reached (${code}).`, { cause }) : cause;
  }
}

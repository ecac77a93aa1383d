import type { AssentClient } from '../index';
import { frameLine } from './frame.line';

export interface TailOptions {
  /** seq of the last frame that is left out. */
  readonly after: number;
  /** Width of the terminal, which may change. */
  readonly columns: () => number;
  readonly signal: AbortSignal | undefined;
  readonly print: (line: string) => void;
}

/** Prints a run frame by frame, then live until it ends. @returns whether the run completed */
export async function tailRun(client: AssentClient, runId: string, options: TailOptions): Promise<boolean> {
  const { after, columns, signal, print } = options;
  // Fails at once, unlike the stream, which waits for a restarting server.
  const { createdAt } = await client.call('run/get', { runId }, { signal });
  let last = '';
  for await (const frame of client.frames(runId, {
    after,
    ...(signal ? { signal } : {}),
    onGap: ({ earliest }) => print(`    frames before ${earliest} are deleted`),
  })) {
    print(frameLine(frame, createdAt, columns()));
    last = frame.type;
  }
  if (last === '') ({ state: last } = await client.call('run/get', { runId }, { signal }));
  return last.endsWith('completed');
}

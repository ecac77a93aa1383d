import { serve } from './support/child';
import { EventSocket } from './support/event.socket';

export interface Resume {
  readonly url: string;
  readonly key: string;
  readonly runId: string;
  /** The last frame that the client has. */
  readonly after: number;
  /** How many it has missed. */
  readonly missed: number;
}

const commands = { resume };
export type ResumeCommands = typeof commands;

const LIMIT_MS = 60_000;

/** Milliseconds from the connection to the last missed frame, all of them in order. */
function resume({ url, key, runId, after, missed }: Resume): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let last = after;
    const end = (problem: string): void => {
      clearTimeout(limit);
      socket.close();
      if (problem === '') resolve(performance.now() - startedAt);
      else reject(new Error(`The resume of run ${runId} after ${after} stands at ${last}: ${problem}`));
    };
    const limit = setTimeout(() => end('the time is up'), LIMIT_MS);
    const onEvent = (id: number): void => {
      if (id !== last + 1) end(`frame ${id} came next`);
      last = id;
      if (id === after + missed) end('');
    };
    const path = `/runs/${runId}/frames?after=${after}`;
    const socket = new EventSocket(url, path, key, onEvent, () => undefined, end);
  });
}

serve(commands);

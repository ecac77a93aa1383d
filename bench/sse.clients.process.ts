import { serve } from './support/child';
import { EventSocket } from './support/event.socket';

export interface Audience {
  readonly url: string;
  readonly key: string;
  /** One entry a client: the path that it follows. */
  readonly paths: readonly string[];
  /** Frames each client is to get, with the ids 1, 2, 3 ... */
  readonly frames: number;
}

/** When each frame arrived, client after client, on the clock that all processes of a machine share; NaN: it did not. */
export interface Arrivals {
  readonly at: Float64Array;
  readonly outOfOrder: number;
}

const commands = { connect, arrivals };
export type ClientCommands = typeof commands;

/** Sockets opened at once; more would overflow the listen queue of either server. */
const OPEN_AT_ONCE = 50;
const ARRIVAL_LIMIT_MS = 10_000;
const NS_PER_MS = 1e6;

let audience: EventSocket[] = [];
let heard: { at: Float64Array; outOfOrder: number; left: number } | undefined;
let complete: () => void = () => undefined;

async function connect({ url, key, paths, frames }: Audience): Promise<void> {
  const hall = { at: new Float64Array(paths.length * frames).fill(Number.NaN), outOfOrder: 0, left: paths.length };
  heard = hall;
  for (let from = 0; from < paths.length; from += OPEN_AT_ONCE) {
    const group = paths.slice(from, from + OPEN_AT_ONCE);
    await Promise.all(
      group.map((path, offset) => {
        let last = 0;
        const onEvent = (id: number): void => {
          if (id !== last + 1) hall.outOfOrder += 1;
          last = id;
          hall.at[(from + offset) * frames + id - 1] = Number(process.hrtime.bigint()) / NS_PER_MS;
          if (id !== frames) return;
          hall.left -= 1;
          if (hall.left === 0) complete();
        };
        return follow(url, path, key, onEvent);
      }),
    );
  }
}

/** Resolves when every client has its last frame, or nothing more is to be hoped for. */
async function arrivals(): Promise<Arrivals> {
  if (!heard) throw new Error('connect comes first.');
  if (heard.left > 0) {
    await new Promise<void>((resolve) => {
      complete = resolve;
      setTimeout(resolve, ARRIVAL_LIMIT_MS);
    });
  }
  for (const socket of audience) socket.close();
  audience = [];
  return { at: heard.at, outOfOrder: heard.outOfOrder };
}

function follow(url: string, path: string, key: string, onEvent: (id: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onEnd = (problem: string): void => reject(new Error(`The stream ${path} ended: ${problem}`));
    audience.push(new EventSocket(url, path, key, onEvent, resolve, onEnd));
  });
}

serve(commands);

import { serve } from './support/child';
import { startParams, type FramePage } from './support/cycle.run';
import { EventSocket } from './support/event.socket';
import { HttpConnection } from './support/http.connection';

/** Where a worker calls, and as whom. */
export interface Seat {
  readonly url: string;
  readonly developer: string;
  readonly reviewer: string;
}

export interface CycleLoad {
  /** Workers take turns with them. */
  readonly seats: readonly [Seat, ...Seat[]];
  readonly workers: number;
  /** Numbers of the cycles, `first` to `first + cycles - 1`: each has its own goal and file. */
  readonly first: number;
  readonly cycles: number;
  /** Whether each cycle ends with the verdict, from which memory learns. Default: no. */
  readonly verdict?: boolean;
  /** Clients that follow each run over SSE from its start to its end. Default: none. */
  readonly followers?: number;
}

export interface CycleTimes {
  readonly seconds: number;
  readonly pendingMs: readonly number[];
  readonly wholeMs: readonly number[];
  readonly clientCpuMs: number;
  readonly runIds: readonly string[];
  /** Followers that did not get every frame of their run once and in order. */
  readonly cutShort: number;
}

const commands = { run, openIdle };
export type CycleCommands = typeof commands;

/** Longer than any cycle; below the server's longest wait. */
const WAIT_MS = 20_000;
/** Sockets opened at once; more would overflow the listen queue of the server. */
const OPEN_AT_ONCE = 50;

async function run(load: CycleLoad): Promise<CycleTimes> {
  const numbers = Array.from({ length: load.cycles }, (_, index) => load.first + index);
  const pendingMs: number[] = [];
  const wholeMs: number[] = [];
  const runIds: string[] = [];
  let cutShort = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const work = async (_: unknown, worker: number): Promise<void> => {
    const seat = load.seats[worker % load.seats.length] ?? load.seats[0];
    const connection = await HttpConnection.open(seat.url);
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      const times = await cycle(connection, seat, load, number);
      runIds.push(times.runId);
      pendingMs.push(times.pendingMs);
      wholeMs.push(times.wholeMs);
      cutShort += times.cutShort;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: load.workers }, work));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, pendingMs, wholeMs, clientCpuMs: (user + system) / 1_000, runIds, cutShort };
}

/** start -> approval pending -> approve -> applied -> completed [-> verdict], as a developer and a reviewer do it. */
async function cycle(
  connection: HttpConnection,
  { url, developer, reviewer }: Seat,
  { verdict = false, followers = 0 }: CycleLoad,
  number: number,
): Promise<{ runId: string; pendingMs: number; wholeMs: number; cutShort: number }> {
  const startedAt = performance.now();
  const { runId } = await connection.call<{ runId: string }>(developer, 'start', startParams(number));
  const followed = Array.from({ length: followers }, () => followToEnd(url, developer, runId));
  const next = (after: number, types: readonly string[]) =>
    connection.call<FramePage>(developer, 'stream', { runId, after, types, waitMs: WAIT_MS });
  const asked = await next(0, ['approval.requested', 'run.completed', 'run.failed']);
  const [request] = asked.frames;
  if (request?.type !== 'approval.requested') throw new Error(`Run ${runId} did not ask: ${JSON.stringify(asked)}`);
  const pendingMs = performance.now() - startedAt;
  const { approvalId, hash } = request;
  await connection.call(reviewer, 'approval/decide', { approvalId, decision: 'approve', hash });
  const ended = await next(asked.cursor, ['run.completed', 'run.failed']);
  const kind = ended.frames[0]?.result?.kind;
  if (kind !== 'applied') throw new Error(`Run ${runId} was not applied: ${JSON.stringify(ended)}`);
  if (verdict) await connection.call(developer, 'complete', { runId, outcome: 'success' });
  const wholeMs = performance.now() - startedAt;
  const cutShort = (await Promise.all(followed)).filter((isWhole) => !isWhole).length;
  return { runId, pendingMs, wholeMs, cutShort };
}

/** @returns whether every frame came once and in order, the last one included */
function followToEnd(url: string, key: string, runId: string): Promise<boolean> {
  return new Promise((resolve) => {
    let last = 0;
    let isOrdered = true;
    const onEvent = (id: number, event: string): void => {
      isOrdered &&= id === last + 1;
      last = id;
      if (!event.includes('"type":"run.completed"')) return;
      socket.close();
      resolve(isOrdered);
    };
    const socket = new EventSocket(
      url,
      `/runs/${runId}/frames`,
      key,
      onEvent,
      () => undefined,
      () => resolve(false),
    );
  });
}

/** Streams without frames, open until this process ends. */
async function openIdle({ url, key, paths }: { url: string; key: string; paths: readonly string[] }): Promise<void> {
  for (let from = 0; from < paths.length; from += OPEN_AT_ONCE) {
    const group = paths.slice(from, from + OPEN_AT_ONCE);
    await Promise.all(
      group.map(
        (path) =>
          new Promise<void>((resolve, reject) => {
            const onEnd = (problem: string): void => reject(new Error(`The stream ${path} ended: ${problem}`));
            new EventSocket(url, path, key, () => undefined, resolve, onEnd);
          }),
      ),
    );
  }
}

serve(commands);

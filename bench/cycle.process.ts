import { serve } from './support/child';
import { startParams, type FramePage } from './support/cycle.run';
import { HttpConnection } from './support/http.connection';

export interface CycleLoad {
  readonly url: string;
  readonly developer: string;
  readonly reviewer: string;
  readonly workers: number;
  /** Numbers of the cycles, `first` to `first + cycles - 1`: each has its own goal and file. */
  readonly first: number;
  readonly cycles: number;
  /** Whether each cycle ends with the verdict, from which memory learns. */
  readonly verdict: boolean;
}

export interface CycleTimes {
  readonly seconds: number;
  readonly pendingMs: readonly number[];
  readonly wholeMs: readonly number[];
  readonly clientCpuMs: number;
  readonly runIds: readonly string[];
}

const commands = { run };
export type CycleCommands = typeof commands;

/** Longer than any cycle; below the server's longest wait. */
const WAIT_MS = 20_000;

async function run(load: CycleLoad): Promise<CycleTimes> {
  const numbers = Array.from({ length: load.cycles }, (_, index) => load.first + index);
  const pendingMs: number[] = [];
  const wholeMs: number[] = [];
  const runIds: string[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    const connection = await HttpConnection.open(load.url);
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      const times = await cycle(connection, load, number);
      runIds.push(times.runId);
      pendingMs.push(times.pendingMs);
      wholeMs.push(times.wholeMs);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: load.workers }, work));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, pendingMs, wholeMs, clientCpuMs: (user + system) / 1_000, runIds };
}

/** start -> approval pending -> approve -> applied -> completed [-> verdict], as a developer and a reviewer do it. */
async function cycle(
  connection: HttpConnection,
  { developer, reviewer, verdict }: CycleLoad,
  number: number,
): Promise<{ runId: string; pendingMs: number; wholeMs: number }> {
  const startedAt = performance.now();
  const { runId } = await connection.call<{ runId: string }>(developer, 'start', startParams(number));
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
  return { runId, pendingMs, wholeMs: performance.now() - startedAt };
}

serve(commands);

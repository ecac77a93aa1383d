import { join } from 'node:path';
import type { CycleCommands, CycleLoad } from './cycle.process';
import { Child } from './support/child';
import { makeFiles } from './support/cycle.run';
import { copyRun } from './support/growth';
import { HttpConnection } from './support/http.connection';
import { Meter } from './support/meter';
import { openKeptPlace, openPlace, withClient, type Place } from './support/place';
import type { BenchOptions, BenchReport, Figure, Goal } from './support/report';
import { KEYS, startServer, type ServerProcess } from './support/server';

/** `--runs=1000000` is the figure of the docs. */
const RUNS = 100_000;
const RATIO_GOAL = 1.5;
const ROUNDS = 2;
const CYCLES = 40;
const WARM_UP_CYCLES = 20;
/** CPU time is counted in hundredths of a second, so each call is made often, but not for longer than this. */
const CALLS = 50;
const CALLS_MS = 1_500;
const MS_PER_SECOND = 1_000;

type Call = (connection: HttpConnection, tail: number) => Promise<unknown>;

const rpc =
  (method: string, params: object): Call =>
  (connection) =>
    connection.call(KEYS.reviewer, method, params);
const asDeveloper =
  (method: string, params: object): Call =>
  (connection) =>
    connection.call(KEYS.developer, method, params);

/** What a client, a reviewer and an operator read. */
const CALLS_OF: Readonly<Record<string, Call>> = {
  'run/list, first page': asDeveloper('run/list', {}),
  ...Object.fromEntries(
    ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'].map((state) => [
      `run/list, ${state}`,
      asDeveloper('run/list', { state }),
    ]),
  ),
  'run/list, a requester without runs': asDeveloper('run/list', { requester: 'nobody' }),
  'run/count': asDeveloper('run/count', {}),
  'run/count, waiting': asDeveloper('run/count', { state: 'waiting' }),
  'approval/list, pending': rpc('approval/list', { state: 'pending' }),
  'approval/list, approved': rpc('approval/list', { state: 'approved' }),
  'approval/list, rejected (none exist)': rpc('approval/list', { state: 'rejected' }),
  'approval/list, a requester without any': rpc('approval/list', { requester: 'nobody' }),
  'approval/count': rpc('approval/count', {}),
  'approval/count, pending': rpc('approval/count', { state: 'pending' }),
  'approval/events, the last page': (connection, tail) =>
    connection.call(KEYS.reviewer, 'approval/events', { after: Math.max(0, tail - 2) }),
  'audit/list, first page': rpc('audit/list', {}),
  'audit/head': rpc('audit/head', {}),
  'GET /metrics': (connection) => connection.send({ method: 'GET', path: '/metrics', key: KEYS.developer }),
};

interface Side {
  readonly server: ServerProcess;
  readonly meter: Meter;
  readonly cycles: (count: number) => Promise<unknown>;
  readonly tail: number;
}

/** The same calls and cycles, in turns, on an empty database and on one with many runs: CPU of the server and of Postgres. */
export async function growth({ runs = RUNS, keep }: BenchOptions): Promise<BenchReport> {
  const load = Child.start<CycleCommands>(require.resolve('./cycle.process'));
  const places = [await openPlace(), keep === undefined ? await openPlace() : await openKeptPlace(keep)];
  const sides: Side[] = [];
  try {
    for (const [at, place] of places.entries()) sides.push(await openSide(place, load, at === 0 ? 0 : runs));
    const cpuMs = new Map<string, number[][]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const inTurn = round % 2 === 0 ? sides : [...sides].reverse();
      for (const [name, call] of Object.entries(CALLS_OF)) {
        for (const side of inTurn) note(cpuMs, name, sides.indexOf(side), await cpuOf(side, call));
      }
      for (const side of inTurn) {
        const { serverCpuMs, postgresCpuMs } = await side.meter.cpuAround(() => side.cycles(CYCLES));
        note(cpuMs, 'a cycle', sides.indexOf(side), (serverCpuMs + postgresCpuMs) / CYCLES);
      }
    }
    return reportOf(cpuMs, runs);
  } finally {
    for (const side of sides) {
      await side.meter.close();
      await side.server.stop();
    }
    await load.stop();
    for (const place of places) await place.remove();
  }
}

async function openSide(place: Place, load: Child<CycleCommands>, copies: number): Promise<Side> {
  const workspace = join(place.folder, 'workspace');
  await makeFiles(workspace, 2 * WARM_UP_CYCLES + ROUNDS * CYCLES);
  const env = { DATABASE_URL: place.databaseUrl, WORKSPACES: `bench=${workspace}` };
  let first = 0;
  const cyclesAt = (url: string) => (count: number) => {
    const ask: CycleLoad = { seats: [{ url, ...KEYS }], workers: 4, first, cycles: count };
    first += count;
    return load.ask('run', ask);
  };
  const template = await startServer({ env });
  const { runIds } = await cyclesAt(template.url)(WARM_UP_CYCLES);
  await template.stop();
  const [runId = ''] = runIds;
  if ((await runsIn(place)) < copies) await copyRun(place.databaseUrl, runId, copies);
  const server = await startServer({ env });
  const cycles = cyclesAt(server.url);
  await cycles(WARM_UP_CYCLES);
  const meter = await Meter.open(place.databaseUrl, server.pid);
  return { server, meter, cycles, tail: await tailOf(place) };
}

async function runsIn(place: Place): Promise<number> {
  return withClient(place.databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>('select count(*)::integer as count from runs');
    return rows[0]?.count ?? 0;
  });
}

async function tailOf(place: Place): Promise<number> {
  return withClient(place.databaseUrl, async (client) => {
    const { rows } = await client.query<{ seq: number }>('select max(seq) as seq from approval_events');
    return rows[0]?.seq ?? 0;
  });
}

/** @returns CPU milliseconds of a call */
async function cpuOf({ server, meter, tail }: Side, call: Call): Promise<number> {
  let count = 0;
  const connection = await HttpConnection.open(server.url);
  const { serverCpuMs, postgresCpuMs } = await meter.cpuAround(async () => {
    const until = performance.now() + CALLS_MS;
    for (; count < CALLS && performance.now() < until; count += 1) await call(connection, tail);
  });
  connection.close();
  return (serverCpuMs + postgresCpuMs) / count;
}

function note(cpuMs: Map<string, number[][]>, name: string, side: number, value: number): void {
  const sides = cpuMs.get(name) ?? [[], []];
  cpuMs.set(name, sides);
  sides[side]?.push(value);
}

function reportOf(cpuMs: ReadonlyMap<string, readonly (readonly number[])[]>, runs: number): BenchReport {
  const mean = (values: readonly number[] = []) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const figures: Figure[] = [];
  const goals: Goal[] = [];
  for (const [what, [empty, full]] of cpuMs) {
    const [before, after] = [mean(empty), mean(full)];
    goals.push({
      what,
      value: after / before,
      unit: 'x',
      bound: 'at most',
      limit: RATIO_GOAL,
      parts: `${after.toFixed(2)} ms of CPU against ${before.toFixed(2)} ms`,
    });
  }
  return {
    figures,
    goals,
    notes: [
      `CPU of server and Postgres with ${runs.toLocaleString('en')} runs and approvals, as a multiple of that with ${WARM_UP_CYCLES}, in turns.`,
      `One run of 1,000 waits, one has failed, one was cancelled. After ${CALLS_MS / MS_PER_SECOND} s a call is not repeated.`,
    ],
  };
}

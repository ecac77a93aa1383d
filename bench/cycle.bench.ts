import { join } from 'node:path';
import type { CycleCommands, CycleLoad, CycleTimes } from './cycle.process';
import { cycleRows } from './cycle.rows';
import { Child } from './support/child';
import { makeFiles, requireApplied } from './support/cycle.run';
import { Meter, type Usage } from './support/meter';
import { openPlace, withClient, type Place } from './support/place';
import type { BenchOptions, BenchReport, Figure } from './support/report';
import { KEYS, startServer } from './support/server';
import { replayWrites, StatementRecorder, type StatementCounts } from './support/statements';
import { percentile } from './support/statistics';

const PENDING_GOAL_MS = 5;
const COMMITS_GOAL = 6;
const STATEMENTS_GOAL = 16;
const TIMES_THE_FLOOR_GOAL = 2;

const AT_ONCE = 16;
const WARM_UP_CYCLES = 300;
const SINGLE_CYCLES = 200;
const PARALLEL_CYCLES = 1_200;
const VERDICT_CYCLES = 300;
const RECORDED_CYCLES = 480;
/** A statement sent less often belongs to no cycle. */
const LEAST_A_CYCLE = 0.05;

/**
 * Whole cycles against a real server process: built code, embedded Postgres with fsync, real files, real HTTP. `--runs`
 * sets how many cycles are measured 16 at a time; `--rows` measures variants instead.
 */
export async function cycle({ runs: parallelCycles = PARALLEL_CYCLES, rows }: BenchOptions): Promise<BenchReport> {
  if (rows === true) return cycleRows();
  const place = await openPlace();
  const client = Child.start<CycleCommands>(require.resolve('./cycle.process'));
  try {
    const workspace = join(place.folder, 'workspace');
    const all = 2 * WARM_UP_CYCLES + SINGLE_CYCLES + parallelCycles + VERDICT_CYCLES + RECORDED_CYCLES;
    await makeFiles(workspace, all);
    const load = loadFrom(client);
    const scene: Scene = { place, workspace, load };
    const measured = await measure(scene, parallelCycles);
    const recorded = await record(scene);
    await requireApplied(workspace, all);
    return reportOf(measured, recorded);
  } finally {
    await client.stop();
    await place.remove();
  }
}

type Load = (url: string, workers: number, cycles: number, verdict?: boolean) => Promise<CycleTimes>;

interface Scene {
  readonly place: Place;
  readonly workspace: string;
  readonly load: Load;
}

interface Measured {
  readonly single: CycleTimes;
  readonly parallel: CycleTimes;
  readonly parallelCycles: number;
  readonly withVerdict: CycleTimes;
  readonly usage: Usage;
}

interface Recorded {
  readonly counts: StatementCounts;
  /** CPU milliseconds of a cycle's writes, replayed in groups of 16. */
  readonly floorCpuMs: number;
}

/** Each cycle gets a number, and with it a goal and a file of its own. */
function loadFrom(client: Child<CycleCommands>): Load {
  let first = 0;
  return (url, workers, cycles, verdict = false) => {
    const load: CycleLoad = { seats: [{ url, ...KEYS }], workers, first, cycles, verdict };
    first += cycles;
    return client.ask('run', load);
  };
}

async function measure({ place, workspace, load }: Scene, parallelCycles: number): Promise<Measured> {
  const server = await startServer({ env: environment(place.databaseUrl, workspace) });
  const meter = await Meter.open(place.databaseUrl, server.pid);
  try {
    await load(server.url, AT_ONCE, WARM_UP_CYCLES);
    const single = await load(server.url, 1, SINGLE_CYCLES);
    const { result: parallel, usage } = await meter.around(() => load(server.url, AT_ONCE, parallelCycles));
    const withVerdict = await load(server.url, AT_ONCE, VERDICT_CYCLES, true);
    return { single, parallel, parallelCycles, withVerdict, usage };
  } finally {
    await meter.close();
    await server.stop();
  }
}

/** A second server sends its statements through a recorder, which would cost the first one time. */
async function record({ place, workspace, load }: Scene): Promise<Recorded> {
  const copyUrl = await copyDatabase(place.databaseUrl);
  const recorder = await StatementRecorder.open(place.databaseUrl);
  try {
    const server = await startServer({ env: environment(recorder.databaseUrl, workspace) });
    try {
      await load(server.url, AT_ONCE, WARM_UP_CYCLES);
      const { result, sent, counts } = await recorder.around(() => load(server.url, AT_ONCE, RECORDED_CYCLES));
      await server.stop();
      return { counts, floorCpuMs: await replayWrites(copyUrl, sent, result.runIds) };
    } finally {
      await server.stop();
    }
  } finally {
    await recorder.close();
  }
}

/** Nothing else may be connected to the database. */
async function copyDatabase(databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  await withClient(url.href, (client) => client.query(`create database floor template "${name}"`));
  url.pathname = '/floor';
  return url.href;
}

function environment(databaseUrl: string, workspace: string): Readonly<Record<string, string>> {
  return { DATABASE_URL: databaseUrl, WORKSPACES: `bench=${workspace}` };
}

function reportOf(measured: Measured, { counts, floorCpuMs }: Recorded): BenchReport {
  const { single, parallel, parallelCycles, withVerdict, usage } = measured;
  const perSecond = parallelCycles / parallel.seconds;
  const pendingMs = percentile(single.pendingMs, 0.5);
  const each = (total: number): number => total / parallelCycles;
  const cpuMs = each(usage.serverCpuMs + usage.postgresCpuMs);
  return {
    figures: [
      { what: `cycles to run.completed, ${AT_ONCE} at a time`, value: perSecond, unit: '/s' },
      { what: '  with the verdict (complete) as well', value: VERDICT_CYCLES / withVerdict.seconds, unit: '/s' },
      { what: '  one cycle, p50', value: percentile(parallel.wholeMs, 0.5), unit: 'ms' },
      { what: '  one cycle, p99', value: percentile(parallel.wholeMs, 0.99), unit: 'ms' },
      { what: 'cycles, one at a time', value: SINGLE_CYCLES / single.seconds, unit: '/s' },
      { what: '  start -> approval pending, p99', value: percentile(single.pendingMs, 0.99), unit: 'ms' },
      { what: 'transactions a cycle, reads and the client’s included', value: each(usage.transactions), unit: '' },
      { what: 'WAL syncs a cycle (several commits share one)', value: each(usage.walSyncs), unit: '' },
      { what: 'WAL a cycle', value: each(usage.walBytes) / 1_024, unit: 'KiB' },
      { what: 'CPU of the server a cycle', value: each(usage.serverCpuMs), unit: 'ms' },
      { what: 'CPU of Postgres a cycle', value: each(usage.postgresCpuMs), unit: 'ms' },
      { what: 'CPU of the load generator a cycle', value: each(parallel.clientCpuMs), unit: 'ms' },
      { what: 'CPU of the floor a cycle', value: floorCpuMs, unit: 'ms' },
      ...statementFigures(counts),
    ],
    goals: [
      {
        what: 'start -> approval pending, one at a time, p50',
        value: pendingMs,
        unit: 'ms',
        bound: 'at most',
        limit: PENDING_GOAL_MS,
        parts: `${SINGLE_CYCLES} cycles`,
      },
      {
        what: 'commits a cycle (transactions that wrote or notified)',
        value: each(usage.commits),
        unit: '',
        bound: 'at most',
        limit: COMMITS_GOAL,
        parts: `${usage.commits} for ${parallelCycles} cycles, ${usage.backgroundCommitsPerSecond.toFixed(1)}/s of background taken off`,
      },
      {
        what: 'statements a cycle',
        value: counts.total / RECORDED_CYCLES,
        unit: '',
        bound: 'at most',
        limit: STATEMENTS_GOAL,
        parts: `${Math.round(counts.total)} for ${RECORDED_CYCLES} cycles, those of an idle server taken off`,
      },
      {
        what: 'CPU of server and Postgres against the floor',
        value: cpuMs / floorCpuMs,
        unit: 'x',
        bound: 'at most',
        limit: TIMES_THE_FLOOR_GOAL,
        parts: `${cpuMs.toFixed(1)} ms against ${floorCpuMs.toFixed(1)} ms a cycle`,
      },
    ],
    notes: [
      'The floor: the recorded writes of a cycle, replayed by pg alone, one transaction for a write of each of 16 runs.',
      'Commits, CPU and WAL are those of the cycles 16 at a time, without the verdict.',
    ],
  };
}

/** The most frequent first. */
function statementFigures({ byLabel }: StatementCounts): Figure[] {
  return [...byLabel]
    .map(([label, count]) => ({ what: `  ${label}`, value: count / RECORDED_CYCLES, unit: '' }))
    .filter(({ value }) => value >= LEAST_A_CYCLE)
    .sort((one, other) => other.value - one.value);
}

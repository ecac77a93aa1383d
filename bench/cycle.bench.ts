import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filePath, fileText, type CycleCommands, type CycleLoad, type CycleTimes } from './cycle.process';
import { Child } from './support/child';
import { Meter, type Usage } from './support/meter';
import { openPlace } from './support/place';
import type { BenchReport } from './support/report';
import { KEYS, startServer } from './support/server';
import { percentile } from './support/statistics';

/** The peers' figures, measured on the same kind of machine (docs/benchmarks.md); they need software that is not ours. */
const PEERS = {
  langGraphCyclesPerSecond: 13.7,
  codexCyclesPerSecond: 14.0,
  codexPendingMs: 54,
  langGraphPendingMs: 549,
};
const BEST_PEER_PER_SECOND = Math.max(PEERS.langGraphCyclesPerSecond, PEERS.codexCyclesPerSecond);
const TIMES_THE_BEST_PEER = 20;
const PENDING_GOAL_MS = 11;
const COMMITS_GOAL = 6;

const AT_ONCE = 16;
const WARM_UP_CYCLES = 300;
const SINGLE_CYCLES = 200;
const PARALLEL_CYCLES = 1_200;
const VERDICT_CYCLES = 300;

/** Whole cycles against a real server process: built code, embedded Postgres with fsync, real files, real HTTP. */
export async function cycle(): Promise<BenchReport> {
  const place = await openPlace();
  try {
    const workspace = join(place.folder, 'workspace');
    const all = WARM_UP_CYCLES + SINGLE_CYCLES + PARALLEL_CYCLES + VERDICT_CYCLES;
    await makeFiles(workspace, all);
    const env = { DATABASE_URL: place.databaseUrl, WORKSPACES: `bench=${workspace}` };
    const server = await startServer({ env });
    const client = Child.start<CycleCommands>(require.resolve('./cycle.process'));
    const meter = await Meter.open(place.databaseUrl, server.pid);
    try {
      const measured = await measure(client, meter, server.url);
      await requireApplied(workspace, all);
      return reportOf(measured);
    } finally {
      await meter.close();
      await client.stop();
      await server.stop();
    }
  } finally {
    await place.remove();
  }
}

interface Measured {
  readonly single: CycleTimes;
  readonly parallel: CycleTimes;
  readonly withVerdict: CycleTimes;
  readonly usage: Usage;
}

async function measure(client: Child<CycleCommands>, meter: Meter, url: string): Promise<Measured> {
  let first = 0;
  const run = (workers: number, cycles: number, verdict: boolean): Promise<CycleTimes> => {
    const load: CycleLoad = { url, ...KEYS, workers, first, cycles, verdict };
    first += cycles;
    return client.ask('run', load);
  };
  await run(AT_ONCE, WARM_UP_CYCLES, false);
  const single = await run(1, SINGLE_CYCLES, false);
  const { result: parallel, usage } = await meter.around(() => run(AT_ONCE, PARALLEL_CYCLES, false));
  const withVerdict = await run(AT_ONCE, VERDICT_CYCLES, true);
  return { single, parallel, withVerdict, usage };
}

function reportOf({ single, parallel, withVerdict, usage }: Measured): BenchReport {
  const perSecond = PARALLEL_CYCLES / parallel.seconds;
  const pendingMs = percentile(single.pendingMs, 0.5);
  const each = (total: number): number => total / PARALLEL_CYCLES;
  return {
    figures: [
      { what: `cycles to run.completed, ${AT_ONCE} at a time`, value: perSecond, unit: '/s' },
      { what: '  with the verdict (complete) as well', value: VERDICT_CYCLES / withVerdict.seconds, unit: '/s' },
      { what: '  one cycle, p50', value: percentile(parallel.wholeMs, 0.5), unit: 'ms' },
      { what: '  one cycle, p99', value: percentile(parallel.wholeMs, 0.99), unit: 'ms' },
      { what: 'cycles, one at a time', value: SINGLE_CYCLES / single.seconds, unit: '/s' },
      { what: '  start -> approval pending, p50', value: pendingMs, unit: 'ms' },
      { what: '  start -> approval pending, p99', value: percentile(single.pendingMs, 0.99), unit: 'ms' },
      { what: 'transactions a cycle, reads and the client’s included', value: each(usage.transactions), unit: '' },
      { what: 'WAL syncs a cycle (several commits share one)', value: each(usage.walSyncs), unit: '' },
      { what: 'WAL a cycle', value: each(usage.walBytes) / 1_024, unit: 'KiB' },
      { what: 'CPU of the server a cycle', value: each(usage.serverCpuMs), unit: 'ms' },
      { what: 'CPU of Postgres a cycle', value: each(usage.postgresCpuMs), unit: 'ms' },
      { what: 'CPU of the load generator a cycle', value: each(parallel.clientCpuMs), unit: 'ms' },
    ],
    goals: [
      {
        what: 'throughput against the best peer',
        value: perSecond / BEST_PEER_PER_SECOND,
        unit: 'x',
        bound: 'at least',
        limit: TIMES_THE_BEST_PEER,
        parts: `${perSecond.toFixed(1)}/s against LangGraph ${PEERS.langGraphCyclesPerSecond}/s, Codex ${PEERS.codexCyclesPerSecond}/s`,
      },
      {
        what: 'start -> approval pending, one at a time, p50',
        value: pendingMs,
        unit: 'ms',
        bound: 'at most',
        limit: PENDING_GOAL_MS,
        parts: `Codex ${PEERS.codexPendingMs} ms, LangGraph ${PEERS.langGraphPendingMs} ms`,
      },
      {
        what: 'commits a cycle (transactions that wrote or notified)',
        value: each(usage.commits),
        unit: '',
        bound: 'at most',
        limit: COMMITS_GOAL,
        parts: `${usage.commits} for ${PARALLEL_CYCLES} cycles, ${usage.backgroundCommitsPerSecond.toFixed(1)}/s of background taken off`,
      },
    ],
    notes: [
      'The peers’ figures are constants: measured on the same kind of machine, see docs/benchmarks.md.',
      'Commits, CPU and WAL are those of the cycles 16 at a time, without the verdict.',
    ],
  };
}

async function makeFiles(workspace: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await mkdir(join(workspace, dirname(filePath(number))), { recursive: true });
    await writeFile(join(workspace, filePath(number)), fileText(number, 10));
  }
}

/** Fast and wrong is not fast: every approved change is on disk. */
async function requireApplied(workspace: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const text = await readFile(join(workspace, filePath(number)), 'utf8');
    if (text !== fileText(number, 20)) throw new Error(`${filePath(number)} does not hold what was approved.`);
  }
}

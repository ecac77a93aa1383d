import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CycleCommands } from './cycle.process';
import { CODEX } from './peers/codex';
import { LANGGRAPH } from './peers/langgraph';
import { installPeers, type Peer } from './peers/peer';
import { Child } from './support/child';
import { cpuMsOfFamily } from './support/cpu';
import { makeFiles, requireApplied } from './support/cycle.run';
import { Meter } from './support/meter';
import { openPlace } from './support/place';
import type { BenchOptions, BenchReport, Figure, Goal } from './support/report';
import { KEYS, startServer } from './support/server';

const KINDS = [LANGGRAPH, CODEX];
const AT_ONCE = 16;
const WARM_UP = 32;
const ROUNDS = 2;
const SINGLE = 12;
const PARALLEL = 64;
/** Ours are faster: fewer would be over before a processor's clock has moved. */
const OURS_TIMES = 4;
const TIMES_GOAL = 20;

interface System {
  readonly name: string;
  readonly times: number;
  readonly workspace: string;
  /** @returns seconds */
  play(cycles: number, atOnce: number): Promise<number>;
  cpuMs(): number;
  stop(): Promise<void>;
}

interface Rates {
  single: number;
  parallel: number;
  cpuMs: number;
}

/** The same cycle with other systems, in turns, on this machine: start, pause for the approval, approve, go on, done. */
export async function peers({ keep }: BenchOptions): Promise<BenchReport> {
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'assent-peers-')));
  const systems: System[] = [];
  try {
    await mkdir(folder, { recursive: true });
    const problem = await installPeers(folder);
    systems.push(await ours());
    for (const kind of problem === null ? KINDS : []) {
      const workspace = await mkdtemp(join(folder, 'workspace-'));
      await makeFiles(workspace, cyclesOf(1));
      systems.push(asSystem(kind.name, workspace, await kind.start({ folder, workspace, atOnce: AT_ONCE })));
    }
    const rates = new Map<System, Rates>();
    for (const system of systems) rates.set(system, { single: 0, parallel: 0, cpuMs: 0 });
    for (const system of systems) await system.play(WARM_UP, AT_ONCE);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const system of round % 2 === 0 ? systems : [...systems].reverse()) {
        add(rates.get(system), await measure(system));
      }
    }
    for (const { workspace, times } of systems) await requireApplied(workspace, cyclesOf(times));
    return reportOf(rates, problem);
  } finally {
    for (const system of systems) await system.stop();
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

function cyclesOf(times: number): number {
  return WARM_UP + ROUNDS * (SINGLE + PARALLEL) * times;
}

/** Rates of one round, as shares of all rounds. */
async function measure(system: System): Promise<Rates> {
  const [single, parallel] = [SINGLE * system.times, PARALLEL * system.times];
  const singleSeconds = await system.play(single, 1);
  const cpuFrom = system.cpuMs();
  const parallelSeconds = await system.play(parallel, AT_ONCE);
  const cpuMs = (system.cpuMs() - cpuFrom) / parallel;
  return {
    single: single / singleSeconds / ROUNDS,
    parallel: parallel / parallelSeconds / ROUNDS,
    cpuMs: cpuMs / ROUNDS,
  };
}

function add(sum: Rates | undefined, { single, parallel, cpuMs }: Rates): void {
  if (!sum) return;
  sum.single += single;
  sum.parallel += parallel;
  sum.cpuMs += cpuMs;
}

async function ours(): Promise<System> {
  const place = await openPlace();
  const workspace = join(place.folder, 'workspace');
  await makeFiles(workspace, cyclesOf(OURS_TIMES));
  const server = await startServer({ env: { DATABASE_URL: place.databaseUrl, WORKSPACES: `bench=${workspace}` } });
  const meter = await Meter.open(place.databaseUrl, server.pid);
  const client = Child.start<CycleCommands>(require.resolve('./cycle.process'));
  let first = 0;
  return {
    name: 'Assent',
    times: OURS_TIMES,
    workspace,
    play: async (cycles, workers) => {
      const load = { seats: [{ url: server.url, ...KEYS }] as const, workers, first, cycles };
      first += cycles;
      return (await client.ask('run', load)).seconds;
    },
    cpuMs: () => meter.cpuMs(),
    stop: async () => {
      await client.stop();
      await meter.close();
      await server.stop();
      await place.remove();
    },
  };
}

function asSystem(name: string, workspace: string, peer: Peer): System {
  let first = 0;
  return {
    name,
    times: 1,
    workspace,
    play: async (cycles, atOnce) => {
      const numbers = Array.from({ length: cycles }, (_, index) => first + index);
      first += cycles;
      const startedAt = performance.now();
      const work = async (): Promise<void> => {
        for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) await peer.cycle(number);
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return (performance.now() - startedAt) / 1_000;
    },
    cpuMs: () => cpuMsOfFamily(peer.pid),
    stop: () => peer.stop(),
  };
}

/** Without the others there is no factor. */
function reportOf(rates: ReadonlyMap<System, Rates>, problem: string | null): BenchReport {
  const [[, own], ...others] = [...rates] as [[System, Rates], ...[System, Rates][]];
  const best = Math.max(...others.map(([, { parallel }]) => parallel));
  const least = Math.min(...others.map(([, { cpuMs }]) => cpuMs));
  const figures = [...rates].flatMap(([{ name }, { single, parallel, cpuMs }]): Figure[] => [
    { what: `${name}: cycles, one at a time`, value: single, unit: '/s' },
    { what: `  ${AT_ONCE} at a time`, value: parallel, unit: '/s' },
    { what: `  CPU a cycle, ${AT_ONCE} at a time`, value: cpuMs, unit: 'ms' },
  ]);
  if (problem !== null) return { figures, goals: [], notes: [`The other systems were not measured: ${problem}.`] };
  const goal: Goal = {
    what: `cycles against the best other system, ${AT_ONCE} at a time`,
    value: own.parallel / best,
    unit: 'x',
    bound: 'at least',
    limit: TIMES_GOAL,
    parts: `${own.parallel.toFixed(1)}/s against ${best.toFixed(1)}/s`,
  };
  return {
    figures: [
      ...figures,
      { what: 'CPU a cycle of the thriftiest other, of ours', value: least / own.cpuMs, unit: 'x' },
    ],
    goals: [goal],
    notes: [
      'Assent commits each step to Postgres and waits for the disk. LangGraph keeps runs in memory and writes JSON files from time to time; Codex appends to a file for each thread.',
      'LangGraph calls no model, as our run has its plan; Codex calls a scripted one twice. CPU of a system with its database and children, without clients and model.',
    ],
  };
}

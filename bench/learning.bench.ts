import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MethodName, MethodParams, MethodResult } from '@assent/contract';
import { FILES, play, type Arm, type Played } from './learning/player';
import { SHIFT_AT, createWorld, type World, type WorldKind } from './learning/world';
import { bootstrapMean, mean } from './support/bootstrap';
import { openPlace } from './support/place';
import type { BenchOptions, BenchReport, Figure, Goal } from './support/report';
import { KEYS, startServer } from './support/server';
import { median } from './support/statistics';
import { percent, table } from './support/table';

const SEEDS = 20;
const RUNS = 100;
/** Worlds that are played at the same time. */
const AT_ONCE = 8;
const ATTEMPTS = 10;
const RETRY_AFTER_MS = 1_000;
const TEN = 10;
/** Runs at the end of which the goal speaks. */
const LAST = 30;
const SHARE_OF_BEST = 0.85;
const FOLLOWED_WITHIN = 20;

const PLANNED: Readonly<Record<WorldKind, readonly Arm[]>> = {
  wide: ['on', 'off', 'shuffled', 'statements'],
  near: ['on', 'explore', 'off'],
  shifted: ['on', 'off'],
};

interface RpcError {
  readonly data?: { readonly retryable?: boolean };
}

/** One arm of one kind of world, over all seeds. */
interface Curve {
  readonly kind: WorldKind;
  readonly arm: Arm;
  readonly streams: readonly { readonly world: World; readonly played: readonly Played[] }[];
}

/** Whether later choices get better, against a real server over the wire. `--seeds=2 --runs=40` plays less. */
export async function learning({ seeds = SEEDS, runs = RUNS }: BenchOptions = {}): Promise<BenchReport> {
  const place = await openPlace();
  try {
    const workspace = join(place.folder, 'workspace');
    const names = Object.entries(PLANNED).flatMap(([kind, arms]) =>
      arms.flatMap((arm) => Array.from({ length: seeds }, (_, seed) => workspaceOf(kind, arm, seed))),
    );
    for (const name of names) {
      await mkdir(join(workspace, name), { recursive: true });
      for (const file of FILES) await writeFile(join(workspace, name, file), 'nothing unusual\n');
    }
    const WORKSPACES = names.map((name) => `${name}=${join(workspace, name)}`).join(',');
    // The longest time for counts: on a loaded machine a run would go on without them.
    const env = { DATABASE_URL: place.databaseUrl, WORKSPACES, MEMORY_SCHEDULE: 'off', MEMORY_RECALL_MS: '10000' };
    const server = await startServer({ env });
    try {
      return reportOf(await playAll(callerOf(server.url), seeds, runs), seeds, runs);
    } finally {
      await server.stop();
    }
  } finally {
    await place.remove();
  }
}

function workspaceOf(kind: string, arm: string, seed: number): string {
  return `${kind}-${arm}-${seed}`;
}

async function playAll(call: ReturnType<typeof callerOf>, seeds: number, runs: number): Promise<Curve[]> {
  const curves = Object.entries(PLANNED).flatMap(([kind, arms]) =>
    arms.map((arm) => ({ kind: kind as WorldKind, arm, streams: new Array<Curve['streams'][number]>(seeds) })),
  );
  const left = Array.from({ length: seeds }, (_, seed) => curves.map((curve) => ({ curve, seed }))).flat();
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { curve, seed } = next;
      const world = createWorld(curve.kind, seed, runs);
      curve.streams[seed] = {
        world,
        played: await play(world, curve.arm, workspaceOf(curve.kind, curve.arm, seed), call),
      };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return curves;
}

/** Repeats a call that the server says may be repeated: `start` has an idempotency key, and `complete` counts once. */
function callerOf(url: string) {
  return async <M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>> => {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(`${url}/rpc`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEYS.developer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      });
      const { result, error } = (await response.json()) as { result?: MethodResult<M>; error?: RpcError };
      if (result !== undefined) return result;
      if (error?.data?.retryable !== true || attempt === ATTEMPTS) {
        throw new Error(`${method} answered ${JSON.stringify(error)}`);
      }
      await delay(RETRY_AFTER_MS);
    }
  };
}

function reportOf(curves: readonly Curve[], seeds: number, runs: number): BenchReport {
  const tens = Array.from({ length: Math.floor(runs / TEN) }, (_, ten) => ten * TEN);
  const rows = curves.map(({ kind, arm, streams }) => [
    `${kind}, ${arm}`,
    ...tens.map((from) => percent(mean(streams.map(({ played }) => goodOf(played.slice(from, from + TEN)))))),
    lastOf(streams),
  ]);
  process.stdout.write(
    `\n${table(['world, arm', ...tens.map((from) => `${from + 1}-${from + TEN}`), `last ${LAST} [95%]`], rows)}\n`,
  );
  const figures = curves.map(({ kind, arm, streams }): Figure => ({
    what: `${kind}, ${arm}: good of the last ${LAST}`,
    value: mean(streams.map(({ played }) => goodOf(played.slice(-LAST)))) * 100,
    unit: '%',
  }));
  return {
    figures,
    goals: runs < RUNS ? [] : goalsOf(curves),
    notes: [`${seeds} seeds, ${runs} runs each, one after the other; intervals: bootstrap over seeds`],
  };
}

function goalsOf(curves: readonly Curve[]): Goal[] {
  const streamsOf = (kind: WorldKind, arm: Arm) =>
    curves.find((curve) => curve.kind === kind && curve.arm === arm)?.streams ?? [];
  const wide = streamsOf('wide', 'on');
  const good = mean(wide.map(({ played }) => goodOf(played.slice(-LAST))));
  const best = mean(
    wide.map(({ world }) => goodOf(world.causes.slice(-LAST).map((cause) => ({ good: cause === world.best })))),
  );
  const strayed = streamsOf('wide', 'off').flatMap(({ world, played }) =>
    played.filter(({ chosen }) => chosen !== world.favourite),
  );
  const delays = streamsOf('shifted', 'on').map(({ world, played }) => delayOf(world, played));
  return [
    {
      what: 'wide, on: last thirty against the best fixed action',
      value: good / best,
      unit: 'x',
      bound: 'at least',
      limit: SHARE_OF_BEST,
      parts: `${percent(good)} / ${percent(best)}`,
    },
    {
      what: 'wide, off: runs that left the stated favourite',
      value: strayed.length,
      unit: 'runs',
      bound: 'at most',
      limit: 0,
      parts: 'memory off stays where the beliefs put it',
    },
    {
      what: 'shifted, on: runs until the new best is chosen, median',
      value: median(delays),
      unit: 'runs',
      bound: 'at most',
      limit: FOLLOWED_WITHIN,
      parts: delays.join(' '),
    },
  ];
}

/** Runs after the shift until most of the last three choices are the new best action. */
function delayOf({ best }: World, played: readonly Played[]): number {
  const later = played.slice(SHIFT_AT).map(({ chosen }) => chosen === best);
  const at = later.findIndex((_, run) => run >= 2 && later.slice(run - 2, run + 1).filter(Boolean).length >= 2);
  return at < 0 ? Infinity : at + 1;
}

function lastOf(streams: Curve['streams']): string {
  const { mean: middle, low, high } = bootstrapMean(streams.map(({ played }) => goodOf(played.slice(-LAST))));
  return `${percent(middle)} [${percent(low)}, ${percent(high)}]`;
}

function goodOf(played: readonly { readonly good: boolean }[]): number {
  return played.filter(({ good }) => good).length / played.length;
}

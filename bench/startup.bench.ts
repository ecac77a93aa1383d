import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchReport, Figure } from './support/report';
import { startServer } from './support/server';
import { median } from './support/statistics';

const ROUNDS = 3;
const FIRST_GOAL_S = 3;
const AGAIN_GOAL_S = 1.5;
const NPM_START = ['npm', 'start', '--silent'] as const;

/** A start: seconds until the server reports that it is ready, and its parts as the server logs them. */
interface Start {
  readonly seconds: number;
  readonly partsMs: Readonly<Record<string, number>>;
}

/** `npm start` of a built checkout until it reports that it is ready: without data, and with the data of the first start. */
export async function startup(): Promise<BenchReport> {
  const first: Start[] = [];
  const again: Start[] = [];
  const bare: Start[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'assent-bench-'));
    const env = { DATA_DIR: join(folder, 'data'), WORKSPACES: `bench=${folder}`, HOME: folder, LOG_LEVEL: 'info' };
    try {
      first.push(await start({ env, command: NPM_START }));
      again.push(await start({ env, command: NPM_START }));
      bare.push(await start({ env }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const secondsOf = (starts: readonly Start[]): number => median(starts.map(({ seconds }) => seconds));
  const goal = (what: string, starts: readonly Start[], limit: number) =>
    ({
      what,
      value: secondsOf(starts),
      unit: 's',
      bound: 'at most',
      limit,
      parts: `median of ${starts.map(({ seconds }) => seconds.toFixed(2)).join(', ')}`,
    }) as const;
  return {
    figures: [
      ...partsOf('first time', first),
      ...partsOf('again', again),
      { what: 'again, without npm and its check of the build', value: secondsOf(bare), unit: 's' },
    ],
    goals: [goal('npm start, first time', first, FIRST_GOAL_S), goal('npm start, again', again, AGAIN_GOAL_S)],
    notes: [
      'Parts: `process` until the first line of the program, `database` with `initdb` beside `code`, then `schema` and `modules`.',
      'JSON schemas are compiled on first use, so no part of a start is theirs.',
    ],
  };
}

function partsOf(when: string, starts: readonly Start[]): Figure[] {
  return Object.keys(starts[0]?.partsMs ?? {}).map((part) => ({
    what: `${when}: ${part}`,
    value: median(starts.map(({ partsMs }) => partsMs[part] ?? 0)),
    unit: 'ms',
  }));
}

async function start(options: Parameters<typeof startServer>[0]): Promise<Start> {
  const lines: string[] = [];
  const server = await startServer({ ...options, onLine: (line) => lines.push(line) });
  // Everything it wrote has arrived when it has ended.
  await server.stop();
  const listening = lines.find((line) => line.includes('"msg":"listening"'));
  if (listening === undefined) throw new Error(`The server did not log that it listens:\n${lines.join('\n')}`);
  const { startMs } = JSON.parse(listening) as { readonly startMs: Start['partsMs'] };
  return { seconds: server.readyMs / 1_000, partsMs: startMs };
}

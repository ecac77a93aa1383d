import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchReport } from './support/report';
import { startServer } from './support/server';
import { median } from './support/statistics';

const ROUNDS = 3;
const FIRST_GOAL_S = 3;
const AGAIN_GOAL_S = 1.5;
const NPM_START = ['npm', 'start', '--silent'] as const;

/** `npm start` of a built checkout until it reports that it is ready: without data, and with the data of the first start. */
export async function startup(): Promise<BenchReport> {
  const first: number[] = [];
  const again: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'assent-bench-'));
    const env = { DATA_DIR: join(folder, 'data'), WORKSPACES: `bench=${folder}`, HOME: folder };
    try {
      first.push(await secondsToReady({ env, command: NPM_START }));
      again.push(await secondsToReady({ env, command: NPM_START }));
      bare.push(await secondsToReady({ env }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const goal = (what: string, seconds: readonly number[], limit: number) =>
    ({
      what,
      value: median(seconds),
      unit: 's',
      bound: 'at most',
      limit,
      parts: `median of ${seconds.map((each) => each.toFixed(2)).join(', ')}`,
    }) as const;
  return {
    figures: [{ what: 'again, without npm and its check of the build', value: median(bare), unit: 's' }],
    goals: [goal('npm start, first time', first, FIRST_GOAL_S), goal('npm start, again', again, AGAIN_GOAL_S)],
    notes: [],
  };
}

async function secondsToReady(options: Parameters<typeof startServer>[0]): Promise<number> {
  const server = await startServer(options);
  await server.stop();
  return server.readyMs / 1_000;
}

import { Barrier } from '../support/barrier';
import { Cycle } from '../support/cycle';
import { FATES, KILL_POINTS, untilAsked } from '../support/kill-points';
import { scaled } from '../support/limits';
import { violations } from '../support/oracle';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

/** Enough that writing and syncing it takes longer than the news of the new file; below the limit of a message. */
const LARGE_CHARS = 700_000;
/** Kills until one falls between the temporary file and its rename; mostly it is the first. */
const TRIES = 6;
const WAITING_RUNS = 6;
const TAKEOVER_MS = 30_000;

let database: TestDatabase;
let folder: WorkFolder;
let replicas: Replicas;
let next: Promise<ServerProcess>;

beforeAll(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
  replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env: QUICK });
  await replicas.start();
  next = replicas.start();
});

afterAll(async () => {
  await next;
  await replicas.stopAll();
  await Promise.all([database.drop(), folder.remove()]);
});

/** The process to kill, and its clients; the one after it starts meanwhile. */
async function takeVictim() {
  const victim = await next;
  next = replicas.start();
  const developer = replicas.client(DEVELOPER_KEY, victim);
  return { victim, developer, reviewer: replicas.client(REVIEWER_KEY, victim) };
}

async function newCycle(padding = 0): Promise<Cycle> {
  return new Cycle(await folder.task(padding), replicas);
}

async function expectSound(cycles: readonly Cycle[]): Promise<void> {
  expect(await violations({ databaseUrl: database.url, folder, cycles, servers: replicas.all })).toEqual([]);
  for (const cycle of cycles) {
    expect(await folder.read(cycle.task.path)).toBe(cycle.task.result);
    expect(cycle.frames.filter((frame) => frame.type === 'diff.applied')).toHaveLength(1);
  }
}

describe.each(FATES)('after kill -9, when the statement in hand %s, another replica goes on', (_fate, isLost) => {
  it.each(KILL_POINTS)('from where %s', async (_point, approach) => {
    const { victim, developer, reviewer } = await takeVictim();
    const cycle = await newCycle();
    const barrier = await Barrier.open(database.url);
    try {
      await approach({ cycle, barrier, databaseUrl: database.url, folder, developer, reviewer });
      const waiters = await barrier.waiters(1);
      await replicas.kill(victim);
      if (isLost) await barrier.cut(waiters);
    } finally {
      await barrier.lift();
    }
    const killedAt = performance.now();
    await cycle.finish();
    expect(performance.now() - killedAt).toBeLessThan(scaled(TAKEOVER_MS));
    const closed = await replicas.developer.call('complete', { runId: cycle.runId, outcome: 'success' });
    expect(closed).toMatchObject({ state: 'completed', outcome: 'success' });
    await expectSound([cycle]);
  });
});

describe('after kill -9', () => {
  it('approvals that were waiting are still there, and their decision takes effect', async () => {
    const { victim, developer } = await takeVictim();
    const cycles = await Promise.all(Array.from({ length: WAITING_RUNS }, () => newCycle()));
    await Promise.all(cycles.map((cycle) => untilAsked(cycle, developer)));
    await replicas.kill(victim);
    await Promise.all(cycles.map((cycle) => cycle.finish()));
    await expectSound(cycles);
    for (const { frames } of cycles) expect(frames.filter(({ type }) => type === 'run.resumed')).toHaveLength(1);
  });

  it('a temporary file that was not renamed is cleaned up, and the file applied once', async () => {
    const cycles: Cycle[] = [];
    let isReached = false;
    while (!isReached && cycles.length < TRIES) {
      const { victim, developer, reviewer } = await takeVictim();
      const cycle = await newCycle(LARGE_CHARS);
      cycles.push(cycle);
      await untilAsked(cycle, developer);
      const written = folder.temporaryFile();
      cycle.tryToApprove(reviewer).catch(() => undefined);
      await written;
      await replicas.kill(victim);
      const isUntouched = (await folder.read(cycle.task.path)) === cycle.task.base;
      isReached = isUntouched && (await folder.strangers()).length === 1;
      await cycle.finish();
    }
    expect(isReached).toBe(true);
    await expectSound(cycles);
  });

  it('another replica goes on within 30 s with the default lease and sweep, too', async () => {
    const own = await createTestDatabase();
    const defaults = new Replicas({ databaseUrl: own.url, workspaces: folder.setting });
    try {
      const [victim] = await Promise.all([defaults.start(), defaults.start()]);
      const cycle = new Cycle(await folder.task(), defaults);
      const barrier = await Barrier.open(own.url);
      await barrier.writesOf('trees');
      await cycle.start(defaults.client(DEVELOPER_KEY, victim));
      const waiters = await barrier.waiters(1);
      await defaults.kill(victim);
      await barrier.cut(waiters);
      await barrier.lift();
      const killedAt = performance.now();
      await cycle.finish();
      expect(performance.now() - killedAt).toBeLessThan(scaled(TAKEOVER_MS));
      expect(cycle.frames.filter(({ type }) => type === 'run.resumed')).toHaveLength(2);
      expect(await folder.read(cycle.task.path)).toBe(cycle.task.result);
    } finally {
      await defaults.stopAll();
      await own.drop();
    }
  });
});

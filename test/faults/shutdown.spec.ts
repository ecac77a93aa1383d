import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Barrier } from '../support/barrier';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { violations } from '../support/oracle';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const CLIENTS = 16;
const SERVICE_UNAVAILABLE = 503;

describe('SIGTERM', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  let replicas: Replicas;

  beforeEach(async () => {
    [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
    replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env: QUICK });
  });

  afterEach(async () => {
    await replicas.stopAll();
    await Promise.all([database.drop(), folder.remove()]);
  });

  it('under load loses no run, no decision and no frame, while every replica is restarted once', async () => {
    const [first, second] = await Promise.all([replicas.start(), replicas.start()]);
    const cycles: Cycle[] = [];
    let isOver = false;
    const client = async (): Promise<void> => {
      while (!isOver) {
        const made = new Cycle(await folder.task(), replicas);
        cycles.push(made);
        await made.finish();
      }
    };
    const load = Promise.all(Array.from({ length: CLIENTS }, client));
    for (const server of [first, second]) {
      const started = cycles.length;
      await eventually('the load goes on', () => cycles.length > started);
      expect(await replicas.stop(server)).toBe(0);
      await replicas.start();
    }
    isOver = true;
    await load;
    expect(await violations({ databaseUrl: database.url, folder, cycles, servers: replicas.all })).toEqual([]);
  });

  it('makes the replica not ready and refuses new runs while the one in hand is finished; a second one changes nothing', async () => {
    const server = await replicas.start();
    const [cycle, late] = [new Cycle(await folder.task(), replicas), new Cycle(await folder.task(), replicas)];
    const barrier = await Barrier.open(database.url);
    await barrier.writesOf('trees');
    await cycle.start();
    await barrier.waiters(1);
    const stopping = replicas.stop(server);
    await eventually('the replica is not ready', async () => {
      return (await fetch(new URL('readyz', server.url))).status === SERVICE_UNAVAILABLE;
    });
    expect((await fetch(new URL('livez', server.url))).status).toBe(200);
    await expect(late.tryToStart(replicas.client(DEVELOPER_KEY, server))).rejects.toMatchObject({
      data: { type: 'urn:assent:error:draining', retryable: true },
    });
    server.signal('SIGTERM');
    await barrier.lift();
    expect(await stopping).toBe(0);
    await replicas.start();
    await cycle.finish();
    expect(await violations({ databaseUrl: database.url, folder, cycles: [cycle], servers: replicas.all })).toEqual([]);
  });
});

describe('the embedded Postgres', () => {
  it('ends with a server that is killed, and the next server has the approval that was waiting', async () => {
    const [dataDir, folder] = await Promise.all([mkdtemp(join(tmpdir(), 'assent-data-')), WorkFolder.create()]);
    const replicas = new Replicas({ workspaces: folder.setting, env: { ...QUICK, DATA_DIR: dataDir } });
    try {
      const killed = await replicas.start();
      const cycle = await new Cycle(await folder.task(), replicas).start();
      await cycle.seen('run.waiting');
      const postgres = await postmasterOf(dataDir);
      expect(isAlive(postgres)).toBe(true);
      await replicas.kill(killed);
      await eventually('the embedded Postgres is gone', () => !isAlive(postgres));
      const next = await replicas.start();
      await cycle.approve();
      await cycle.ended();
      expect(await folder.read(cycle.task.path)).toBe(cycle.task.result);
      const last = await postmasterOf(dataDir);
      expect(await replicas.stop(next)).toBe(0);
      expect(isAlive(last)).toBe(false);
    } finally {
      await replicas.stopAll();
      await Promise.all([rm(dataDir, { recursive: true, force: true }), folder.remove()]);
    }
  });
});

/** The first line of Postgres's own pid file. */
async function postmasterOf(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8'), 10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // Nobody has this id.
    return false;
  }
}

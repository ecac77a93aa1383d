import { Client } from 'pg';
import { Barrier } from '../support/barrier';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { DECISION_FRAMES } from '../support/kill-points';
import { scaled } from '../support/limits';
import { violations } from '../support/oracle';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const RUNS_UNDER_FIRE = 20;
/** How often every connection is cut while they run. */
const CUTS = 5;
/** The poll behind a lost hint takes a second; the rest is for a busy machine. */
const POLLED_WITHIN_MS = 5_000;
/** Errors of a server whose connection is cut; the run continues. */
const CUT = /terminating connection|Connection terminated|connection error|EPIPE|ECONNRESET/i;

let database: TestDatabase;
let folder: WorkFolder;
let replicas: Replicas;
let observer: Client;

beforeEach(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
  replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env: QUICK });
  observer = new Client({ connectionString: database.url, application_name: 'assent-test-observer' });
  await observer.connect();
});

afterEach(async () => {
  await replicas.stopAll();
  await observer.end();
  await Promise.all([database.drop(), folder.remove()]);
});

async function newCycles(count: number): Promise<Cycle[]> {
  const cycles: Cycle[] = [];
  while (cycles.length < count) cycles.push(new Cycle(await folder.task(), replicas));
  return cycles;
}

/** A run whose client follows at a healthy replica: a paused one keeps its streams open and silent. */
async function newCycle(at: ServerProcess): Promise<Cycle> {
  return new Cycle(await folder.task(), replicas, replicas.client(DEVELOPER_KEY, at));
}

async function expectSound(cycles: readonly Cycle[], injected?: RegExp): Promise<void> {
  const evidence = { databaseUrl: database.url, folder, cycles, servers: replicas.all };
  expect(await violations(injected ? { ...evidence, injected } : evidence)).toEqual([]);
}

/** Resolves when the run has been claimed again since it had this fence. */
async function takenOver(runId: string, fence: number): Promise<void> {
  await eventually('the run is taken over', async () => (await fenceOf(runId)) > fence);
}

async function fenceOf(runId: string): Promise<number> {
  const { rows } = await observer.query<{ fence: number }>('select fence from runs where id = $1', [runId]);
  return rows[0]?.fence ?? 0;
}

function saidOf(server: ServerProcess, runId: string, what: string): Promise<true> {
  return eventually(`process ${server.pid} says: ${what}`, () =>
    server.lines.some((line) => line.includes(runId) && line.includes(what)) ? (true as const) : false,
  );
}

describe('a replica that was paused past its lease', () => {
  it('cannot write a plan that another replica has written meanwhile', async () => {
    const [paused, other] = await Promise.all([replicas.start(), replicas.start()]);
    const cycle = await newCycle(other);
    const barrier = await Barrier.open(database.url);
    await barrier.writesOf('trees');
    await cycle.start(replicas.client(DEVELOPER_KEY, paused));
    await barrier.waiters(1);
    replicas.withdraw(paused);
    const fence = await fenceOf(cycle.runId);
    paused.signal('SIGSTOP');
    await takenOver(cycle.runId, fence);
    await barrier.lift();
    await cycle.finish();
    paused.signal('SIGCONT');
    await saidOf(paused, cycle.runId, 'the run is no longer ours');
    await expectSound([cycle]);
    expect(await paused.stop()).toBe(0);
  });

  it('starts no effect that it had only prepared', async () => {
    const [paused, other] = await Promise.all([replicas.start(), replicas.start()]);
    const cycle = await newCycle(other);
    await cycle.start();
    await cycle.seen('run.waiting');
    const barrier = await Barrier.open(database.url);
    await barrier.effectsOf(cycle.runId);
    await cycle.approve(replicas.client(REVIEWER_KEY, paused));
    await barrier.waiters(1);
    replicas.withdraw(paused);
    const fence = await fenceOf(cycle.runId);
    paused.signal('SIGSTOP');
    await takenOver(cycle.runId, fence);
    await barrier.lift();
    paused.signal('SIGCONT');
    await saidOf(paused, cycle.runId, 'the run is no longer ours');
    await cycle.ended();
    expect(cycle.find('diff.applied')).toMatchObject({ written: true });
    await expectSound([cycle]);
    expect(await paused.stop()).toBe(0);
  });

  it('cannot tell of an effect it has had; its successor finds the effect and does not repeat it', async () => {
    const [paused, other] = await Promise.all([replicas.start(), replicas.start()]);
    const cycle = await newCycle(other);
    await cycle.start();
    const asking = await cycle.seen('run.waiting');
    const barrier = await Barrier.open(database.url);
    await barrier.frame(cycle.runId, asking.seq + DECISION_FRAMES + 2);
    await cycle.approve(replicas.client(REVIEWER_KEY, paused));
    const effect = await barrier.waiters(1);
    replicas.withdraw(paused);
    expect(await folder.read(cycle.task.path)).toBe(cycle.task.result);
    paused.signal('SIGSTOP');
    await barrier.cut(effect);
    await barrier.lift();
    await cycle.ended();
    expect(cycle.find('diff.applied')).toMatchObject({ written: false });
    paused.signal('SIGCONT');
    await expectSound([cycle], CUT);
    expect(await paused.stop()).toBe(0);
  });
});

describe('two replicas', () => {
  it('share the queue, work on one run each, and finish everything', async () => {
    const env = { MAX_ACTIVE_RUNS: '1' };
    const [first] = await Promise.all([replicas.start(env), replicas.start(env)]);
    const cycles = await newCycles(6);
    const barrier = await Barrier.open(database.url);
    await barrier.writesOf('trees');
    for (const cycle of cycles) await cycle.start(replicas.client(DEVELOPER_KEY, first));
    await barrier.waiters(2);
    const { rows } = await observer.query<{ state: string; runs: number; owners: number }>(
      `select state, count(*)::integer as runs, count(distinct lease_owner)::integer as owners from runs group by state order by state`,
    );
    expect(rows).toEqual([
      { state: 'queued', runs: 4, owners: 0 },
      { state: 'running', runs: 2, owners: 2 },
    ]);
    await barrier.lift();
    await Promise.all(cycles.map((cycle) => cycle.finish()));
    await expectSound(cycles);
  });

  it('lose no run and no frame when every connection is cut, again and again', async () => {
    await Promise.all([replicas.start(), replicas.start()]);
    const cycles = await newCycles(RUNS_UNDER_FIRE);
    const finishing = Promise.all(cycles.map((cycle) => cycle.finish()));
    for (let cut = 1; cut <= CUTS; cut += 1) {
      const least = (cut * RUNS_UNDER_FIRE) / (CUTS + 1);
      await eventually('more runs are under way', async () => {
        const { rows } = await observer.query('select from runs');
        return rows.length >= least;
      });
      await observer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and (application_name = 'assent' or application_name like 'assent-listen-%')`,
      );
    }
    await finishing;
    await expectSound(cycles, CUT);
  });

  it('pass frames on although no notification ever arrives', async () => {
    await observer.query(`create function public.pg_notify(text, text) returns void language sql as 'select'`);
    await observer.query(`alter database ${databaseName()} set search_path = public, pg_catalog`);
    const [working, following] = await Promise.all([replicas.start(), replicas.start()]);
    const cycle = new Cycle(await folder.task(), replicas, replicas.client(DEVELOPER_KEY, following));
    await cycle.start(replicas.client(DEVELOPER_KEY, working));
    await cycle.seen('run.waiting');
    await cycle.approve(replicas.client(REVIEWER_KEY, working));
    const approvedAt = performance.now();
    await cycle.ended();
    expect(performance.now() - approvedAt).toBeLessThan(scaled(POLLED_WITHIN_MS));
    await expectSound([cycle]);
  });
});

function databaseName(): string {
  return new URL(database.url).pathname.slice(1);
}

import { AssentHttpError } from '@assent/client';
import { Client } from 'pg';
import { Barrier } from '../support/barrier';
import { Caller } from '../support/caller';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { DECISION_FRAMES } from '../support/kill-points';
import { violations } from '../support/oracle';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { createWebhook } from '../support/webhooks';
import { WorkFolder } from '../support/work-folder';

const RACES = 100;
const RACES_AT_ONCE = 10;

/** What a longer run has behind it: a change of an earlier step, approved and applied. */
const EARLIER_STEP = `with copied as (
    insert into diffs (id, run_id, step, revision, call_id, tenant_id, state, tool, workspace, hash, content, files, lineage, created_at)
    select gen_random_uuid(), run_id, 0, 1, call_id, tenant_id, 'applied', tool, workspace, hash, content, files, lineage, created_at
    from diffs where run_id = $1 returning id)
  insert into approvals (id, tenant_id, run_id, step, diff_id, request_id, state, hash, tool, workspace, requester, rule, created_at, expires_at)
  select gen_random_uuid(), tenant_id, run_id, 0, copied.id, 'req_earlier', 'approved', hash, tool, workspace, requester, rule, created_at, expires_at
  from approvals, copied where run_id = $1`;

let database: TestDatabase;
let folder: WorkFolder;
let replicas: Replicas;
let here: ServerProcess;
let there: ServerProcess;
let cycles: Cycle[];

beforeAll(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
  replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env: QUICK });
  [here, there] = await Promise.all([replicas.start(), replicas.start()]);
});

beforeEach(() => {
  cycles = [];
});

afterAll(async () => {
  await replicas.stopAll();
  await Promise.all([database.drop(), folder.remove()]);
});

async function newCycle(): Promise<Cycle> {
  const cycle = new Cycle(await folder.task(), replicas);
  cycles.push(cycle);
  return cycle;
}

async function waitingCycle(): Promise<Cycle> {
  const cycle = await newCycle();
  await cycle.start(replicas.client(DEVELOPER_KEY, here));
  await cycle.seen('run.waiting');
  return cycle;
}

async function expectSound(): Promise<void> {
  expect(await violations({ databaseUrl: database.url, folder, cycles, servers: replicas.all })).toEqual([]);
}

function cancelThere(cycle: Cycle) {
  return cycle.cancel(replicas.client(DEVELOPER_KEY, there));
}

function approveHere(cycle: Cycle) {
  return cycle.approve(replicas.client(REVIEWER_KEY, here));
}

describe('run/cancel', () => {
  it('ends a waiting run and closes its approval; a second cancel answers the same', async () => {
    const cycle = await waitingCycle();
    expect(await cancelThere(cycle)).toMatchObject({ state: 'cancelled' });
    await cycle.ended();
    expect(await cycle.cancel()).toMatchObject({ state: 'cancelled' });
    await expect(approveHere(cycle)).rejects.toMatchObject({ status: 409 });
    await expectSound();
  });

  it('leaves a completed run as it is', async () => {
    const cycle = await newCycle();
    await cycle.finish();
    expect(await cancelThere(cycle)).toMatchObject({ state: 'completed' });
    await expectSound();
  });

  it('ends a run that is being planned; the plan is not written', async () => {
    const cycle = await newCycle();
    const barrier = await Barrier.open(database.url);
    await barrier.writesOf('trees');
    await cycle.start(replicas.client(DEVELOPER_KEY, here));
    await barrier.waiters(1);
    expect(await cancelThere(cycle)).toMatchObject({ state: 'cancelled' });
    await barrier.lift();
    await cycle.ended();
    expect(cycle.frames.map(({ type }) => type)).toEqual(['run.started', 'run.cancelled']);
    await expectSound();
  });

  it('that meets the commit of the plan closes the approval which that commit opens', async () => {
    const cycle = await newCycle();
    const [planning, middle] = await Promise.all([Barrier.open(database.url), Barrier.open(database.url)]);
    await planning.writesOf('trees');
    await cycle.start(replicas.client(DEVELOPER_KEY, here));
    await planning.waiters(1);
    await middle.frame(cycle.runId, 2);
    await planning.lift();
    const [plan = 0] = await middle.waiters(1);
    const cancelling = cancelThere(cycle);
    await middle.blockedBy(plan);
    await middle.lift();
    expect(await cancelling).toMatchObject({ state: 'cancelled' });
    await cycle.ended();
    await expectSound();
  });

  it('waits for an effect that has begun: the file is written before the answer', async () => {
    const cycle = await waitingCycle();
    const barrier = await Barrier.open(database.url);
    await barrier.frame(cycle.runId, seqOfAsking(cycle) + DECISION_FRAMES + 2);
    await approveHere(cycle);
    const [effect = 0] = await barrier.waiters(1);
    const cancelling = cancelThere(cycle);
    await barrier.blockedBy(effect);
    await barrier.lift();
    expect(await cancelling).toMatchObject({ state: 'completed' });
    expect(await folder.read(cycle.task.path)).toBe(cycle.task.result);
    await cycle.ended();
    await expectSound();
  });

  it('that comes before the effect wins: after the answer nothing is written', async () => {
    const cycle = await waitingCycle();
    const barrier = await Barrier.open(database.url);
    await barrier.effectsOf(cycle.runId);
    const cancelling = cancelThere(cycle);
    await barrier.waiters(1);
    await approveHere(cycle);
    await barrier.waiters(2);
    await barrier.lift();
    expect(await cancelling).toMatchObject({ state: 'cancelled' });
    await eventually('the worker gives up', () => here.lines.some((line) => isGivenUp(line, cycle.runId)));
    expect(await folder.read(cycle.task.path)).toBe(cycle.task.base);
    await cycle.ended();
    expect(cycle.find('diff.applied')).toBeUndefined();
  });

  it('voids the approval that it comes after, and says so; what an earlier step has applied stays approved', async () => {
    const cycle = await waitingCycle();
    const sql = new Client({ connectionString: database.url });
    await sql.connect();
    const hook = await createWebhook(new Caller(here.url, DEVELOPER_KEY), 'https://example.com/', ['approval.voided']);
    await sql.query(EARLIER_STEP, [cycle.runId]);
    const barrier = await Barrier.open(database.url);
    await barrier.effectsOf(cycle.runId);
    const cancelling = cancelThere(cycle);
    await barrier.waiters(1);
    await approveHere(cycle);
    await barrier.waiters(2);
    await barrier.lift();
    expect(await cancelling).toMatchObject({ state: 'cancelled' });
    await cycle.ended();
    const { rows } = await sql.query('select step, state from approvals where run_id = $1 order by step', [
      cycle.runId,
    ]);
    const reported = await sql.query('select type from approval_events where body->>$1 = $2 order by place', [
      'runId',
      cycle.runId,
    ]);
    const sent = await sql.query(`select type from webhook_events where body like '%' || $1 || '%'`, [cycle.runId]);
    await sql.query('delete from webhook_endpoints where id = $1', [hook.id]);
    await sql.query('delete from approvals where run_id = $1 and step = 0', [cycle.runId]);
    await sql.query('delete from diffs where run_id = $1 and step = 0', [cycle.runId]);
    await sql.end();
    expect(rows).toEqual([
      { step: 0, state: 'approved' },
      { step: 1, state: 'voided' },
    ]);
    expect(reported.rows.at(-1)).toEqual({ type: 'approval.voided' });
    expect(sent.rows).toContainEqual({ type: 'approval.voided' });
    expect(cycle.frames.slice(-2).map(({ type }) => type)).toEqual(['approval.voided', 'run.cancelled']);
  });

  it(`races ${RACES} approvals on another replica, and each run has one end that its file agrees with`, async () => {
    const ends = new Map<string, number>();
    const race = async (): Promise<void> => {
      const cycle = await waitingCycle();
      const approving = cycle.tryToApprove(replicas.client(REVIEWER_KEY, here)).then(
        () => 'approved',
        (error: unknown) => {
          if (error instanceof AssentHttpError && error.status === 409) return 'refused';
          throw error;
        },
      );
      const [{ state }, decision] = await Promise.all([cancelThere(cycle), approving]);
      await cycle.ended();
      const end = `${decision}, ${state}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    };
    for (let done = 0; done < RACES; done += RACES_AT_ONCE) {
      await Promise.all(Array.from({ length: RACES_AT_ONCE }, race));
    }
    expect(ends.get('refused, completed')).toBeUndefined();
    await expectSound();
  });
});

describe('run/cancel of a queued run', () => {
  it('ends it before any replica has begun', async () => {
    const own = await createTestDatabase();
    const single = new Replicas({
      databaseUrl: own.url,
      workspaces: folder.setting,
      env: { ...QUICK, MAX_ACTIVE_RUNS: '1' },
    });
    try {
      await single.start();
      const barrier = await Barrier.open(own.url);
      await barrier.writesOf('trees');
      const first = await new Cycle(await folder.task(), single).start();
      await barrier.waiters(1);
      const second = await new Cycle(await folder.task(), single).start();
      expect(await second.cancel()).toMatchObject({ state: 'cancelled' });
      await barrier.lift();
      await Promise.all([first.finish(), second.ended()]);
      expect(second.frames.map(({ type }) => type)).toEqual(['run.started', 'run.cancelled']);
      expect(await folder.read(second.task.path)).toBe(second.task.base);
    } finally {
      await single.stopAll();
      await own.drop();
    }
  });
});

/** seq of the last frame before the decision. */
function seqOfAsking(cycle: Cycle): number {
  return cycle.find('run.waiting')?.seq ?? 0;
}

function isGivenUp(line: string, runId: string): boolean {
  return line.includes(runId) && line.includes('the run is no longer ours');
}

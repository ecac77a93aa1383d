import type { Outcome } from '@assent/contract';
import { newId } from '@assent/platform';
import { Client } from 'pg';
import { createTestDatabase } from '@assent/test-support/postgres';
import { FragmentRepository } from './fragment.repository';
import { creditRecalled, learn } from './learning';
import { OptimizerService } from './optimizer/optimizer.service';
import { PlanService } from './plans/plan.service';
import { MemoryStage, experience } from './testing/memory-stage';

const TENANT = 'credit';
const AGENT = 'robot';

describe('the credit of a lesson', () => {
  let stage: MemoryStage;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase);
  });
  afterAll(() => stage.close());

  /** A finished run that was given fragments, took an action, and leaves a lesson in words. */
  const finished = async (
    text: string,
    action: string,
    outcome: Outcome,
    recalled: readonly string[] = [],
  ): Promise<string> => {
    const runId = newId();
    await stage.raw(
      `insert into runs (id, tenant_id, requester, state, phase, step, fence, seq, workspace, goal, params, recalled, request_id, created_at, updated_at, finished_at)
       values ($1, $2, $3, 'completed', 'plan', 1, 1, 1, 'example', 'g', '{}', $4::uuid[], 'r', now(), now(), now())`,
      [runId, TENANT, AGENT, recalled],
    );
    const source = { runId, outcome, score: null, note: null, at: new Date().toISOString() };
    await stage.commit(
      TENANT,
      AGENT,
      [
        ...learn({
          agent: AGENT,
          goal: 'g',
          lesson: { text: `${text}: ${outcome}`, tags: [] },
          source,
          promotable: true,
          opposite: { text: `${text}: ${outcome === 'success' ? 'failure' : 'success'}`, tags: [] },
        }),
        experience({ outcome, action, family: 'f', signature: action }),
        creditRecalled(action, outcome),
      ],
      runId,
    );
    return runId;
  };
  const lesson = async (text: string) => {
    await stage.get(FragmentRepository).countUses(1_000);
    const all = await stage.get(FragmentRepository).list(TENANT, {}, null, 100);
    const found = all.find((fragment) => fragment.text === text);
    if (!found) throw new Error(`there is no lesson "${text}"`);
    return found;
  };
  /** A lesson that two runs have left. @returns its id */
  const known = async (text: string, action: string, outcome: Outcome): Promise<string> => {
    await finished(text, action, outcome);
    await finished(text, action, outcome);
    return (await lesson(`${text}: ${outcome}`)).fragmentId;
  };

  it('counts runs that tried what it advises, and no others', async () => {
    const id = await known('Oil helps', 'oil', 'success');
    expect(await lesson('Oil helps: success')).toMatchObject({ helpful: 0, harmful: 0, strength: 3, status: 'active' });
    await finished('Oil helps', 'oil', 'success', [id]);
    await finished('other 1', 'kick', 'failure', [id]);
    await finished('other 2', 'kick', 'success', [id]);
    // The run that had recalled it and agreed is a use of it, and no further evidence: nothing counts twice.
    expect(await lesson('Oil helps: success')).toMatchObject({ helpful: 1, harmful: 0, strength: 3 });
    await finished('Oil helps', 'oil', 'failure', [id]);
    expect(await lesson('Oil helps: success')).toMatchObject({ helpful: 1, harmful: 1, strength: 3 });
  });

  it('of a warning counts runs that avoided what it warns of, so that a correct warning is kept', async () => {
    const id = await known('Kicking', 'kick it', 'failure');
    for (let run = 0; run < 8; run += 1) await finished(`heeded ${run}`, 'oil it', 'success', [id]);
    for (let run = 0; run < 8; run += 1) await finished('Kicking', 'kick it', 'failure', [id]);
    expect(await lesson('Kicking: failure')).toMatchObject({ helpful: 8, harmful: 0 });
    await stage.get(OptimizerService).demand(TENANT, 'admin');
    expect((await lesson('Kicking: failure')).status).toBe('active');
  });

  it('leaves a lesson that a run is changing to the next pass, so that the two do not wait for each other', async () => {
    const [busy, free] = [await known('Busy', 'busy', 'success'), await known('Free', 'free', 'success')];
    await finished('used both', 'busy', 'success', [busy, free]);
    await finished('used free', 'free', 'success', [busy, free]);
    const run = new Client(stage.database.url);
    await run.connect();
    try {
      await run.query('begin');
      await run.query('select from memory_fragments where id = $1 for update', [busy]);
      expect(await lesson('Free: success')).toMatchObject({ helpful: 1 });
      await run.query('commit');
    } finally {
      await run.end();
    }
    expect(await lesson('Free: success')).toMatchObject({ helpful: 1 });
    expect(await lesson('Busy: success')).toMatchObject({ helpful: 1 });
  });

  it('is counted for runs of opposite outcomes that end at the same time', async () => {
    const end = (runs: number) =>
      Promise.all(
        Array.from({ length: runs }, (_, run) => finished('Race', 'race', run % 2 === 0 ? 'success' : 'failure')),
      );
    await end(2);
    for (let round = 0; round < 5; round += 1) await end(10);
    const all = await stage.raw<{ runs: string }>(
      `select count(*) as runs from memory_experiences where tenant_id = $1 and action = 'race'`,
      [TENANT],
    );
    expect(all).toEqual([{ runs: '52' }]);
  });

  it('retires a harmful lesson with its true counts, and restores it with new evidence, unless a person deleted it', async () => {
    const id = await known('Pulling', 'pull', 'success');
    for (let run = 0; run < 9; run += 1) await finished(`pulled ${run}`, 'pull', 'failure', [id]);
    await stage.get(OptimizerService).demand(TENANT, 'admin');
    expect(await lesson('Pulling: success')).toMatchObject({ status: 'deleted', reason: 'wrong', harmful: 9 });
    const plans = await stage.get(PlanService).list(TENANT, {});
    expect(JSON.stringify(plans.items)).toContain('left by 2 runs, followed by 9 others: it helped 0, and harmed 9');
    await finished('Pulling', 'pull', 'success');
    expect(await lesson('Pulling: success')).toMatchObject({ status: 'staged', reason: null, strength: 2, harmful: 0 });
    await finished('Pulling', 'pull', 'success');
    expect(await lesson('Pulling: success')).toMatchObject({ status: 'active' });
    const ops = [{ op: 'delete' as const, fragmentId: id, reason: 'wrong' as const, rationale: 'r' }];
    await stage.get(PlanService).apply({ tenantId: TENANT, subject: 'ann', origin: 'plan' }, { planId: newId(), ops });
    await finished('Pulling', 'pull', 'success');
    expect(await lesson('Pulling: success')).toMatchObject({ status: 'deleted' });
  });
});

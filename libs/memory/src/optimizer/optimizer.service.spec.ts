import { newId, sql } from '@assent/platform';
import { FragmentRepository } from '../fragment.repository';
import { MetaPromptRepository } from '../evolution/meta-prompt.repository';
import { PlanService } from '../plans/plan.service';
import { createTestDatabase } from '@assent/test-support/postgres';
import { MemoryStage, experience } from '../testing/memory-stage';
import { MemoryRunRepository } from './memory-run.repository';
import { OptimizerService } from './optimizer.service';

describe('the optimization agent', () => {
  let stage: MemoryStage;
  let agent: OptimizerService;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase, { MEMORY_CONTROL_SHARE: '0' });
    agent = stage.get(OptimizerService);
  });
  afterAll(() => stage.close());

  const all = (tenantId: string) => stage.get(FragmentRepository).list(tenantId, {}, null, 100);
  const texts = async (tenantId: string, status: string) =>
    (await all(tenantId))
      .filter((one) => one.status === status)
      .map(({ text }) => text)
      .sort();
  const finished = (
    tenantId: string,
    outcome: 'success' | 'failure',
    action: string,
    { family = 'door', runId = newId() }: { readonly family?: string; readonly runId?: string } = {},
  ) => stage.commit(tenantId, 'robot', [experience({ goal: 'Open the jammed door', outcome, action, family })], runId);

  it('merges fragments with the same meaning, and none with the opposite, another number or another agent', async () => {
    const tenantId = 'merge';
    const sentence = 'Restart the payment service after the timeout was raised to 3000 ms in the configuration file';
    await stage.learn(tenantId, 'robot', sentence);
    await stage.learn(tenantId, 'robot', `${sentence} again`);
    await stage.learn(tenantId, 'robot', sentence.replace('Restart', 'Do not restart'));
    await stage.learn(tenantId, 'robot', sentence.replace('3000', '300'));
    await stage.learn(tenantId, 'other', sentence);
    const run = await agent.demand(tenantId, 'admin');
    expect(run).toMatchObject({ state: 'completed', stage: 'done', actor: 'admin' });
    expect(run.steps.find((step) => step.stage === 'merge')).toMatchObject({ proposed: 1, applied: 1 });
    expect((await texts(tenantId, 'superseded')).length).toBe(2);
    expect((await texts(tenantId, 'active')).length).toBe(4);
    // A second run finds nothing to do, and does not repeat what a person reverted.
    const again = await agent.demand(tenantId, 'admin');
    expect(again.steps.reduce((sum, { proposed }) => sum + proposed, 0)).toBe(0);
    const [planId = ''] = run.steps.flatMap(({ planIds }) => planIds);
    await stage.get(PlanService).revert({ tenantId, subject: 'admin', origin: 'plan' }, planId);
    const third = await agent.demand(tenantId, 'admin');
    expect(third.steps.reduce((sum, { applied }) => sum + applied, 0)).toBe(0);
    expect((await texts(tenantId, 'active')).length).toBe(5);
  });

  it('merges within a goal family only, even if texts of two families are similar', async () => {
    const tenantId = 'families';
    const learned = async (family: string, text: string) => {
      for (const runId of await stage.learn(tenantId, 'robot', text)) {
        await finished(tenantId, 'success', 'Restore the timeout', { family, runId });
      }
    };
    const rest =
      'Assumed: the last deployment shortened the timeout of the payment gateway without a conversion of its unit. Chosen: restore the timeout.';
    await learned('checkout', `Goal: repair shop. ${rest}`);
    await learned('checkout', `Goal: repair shop. ${rest} At once.`);
    await learned('booking', `Goal: repair desk. ${rest}`);
    await agent.demand(tenantId, 'admin');
    expect(await texts(tenantId, 'superseded')).toEqual([
      `Goal: repair shop. ${rest}`,
      `Goal: repair shop. ${rest} At once.`,
    ]);
    expect(await texts(tenantId, 'active')).toContain(`Goal: repair desk. ${rest}`);
  });

  it('counts credit, retires what is certainly harmful, and keeps the rest', async () => {
    const tenantId = 'retire';
    await stage.learn(tenantId, 'robot', 'Pull the red lever');
    await stage.learn(tenantId, 'robot', 'Push the green button');
    const ids = new Map((await all(tenantId)).map(({ text, fragmentId }) => [text, fragmentId]));
    for (let use = 0; use < 40; use += 1) {
      const text = use % 2 === 0 ? 'Pull the red lever' : 'Push the green button';
      await stage.database
        .query(sql`insert into memory_uses (fragment_id, run_id, tenant_id, helped, counted, created_at)
        values (${ids.get(text)}, gen_random_uuid(), ${tenantId}, ${text.startsWith('Push')}, false, now())`);
    }
    await agent.demand(tenantId, 'admin');
    expect(await texts(tenantId, 'active')).toEqual(['Push the green button']);
    expect((await all(tenantId)).find(({ status }) => status === 'deleted')).toMatchObject({
      reason: 'wrong',
      harmful: 20,
    });
  });

  it('learns from mixed outcomes only, and once: what worked against what failed', async () => {
    const tenantId = 'contrast';
    await finished(tenantId, 'success', 'Oil the hinge');
    await agent.demand(tenantId, 'admin');
    expect(await all(tenantId)).toEqual([]);
    await finished(tenantId, 'failure', 'Kick the door');
    await agent.demand(tenantId, 'admin');
    const [lesson] = await all(tenantId);
    expect(lesson).toMatchObject({ status: 'active', origin: 'distilled', tags: ['contrast'], strength: 2 });
    expect(lesson?.text).toMatch(/Worked: Oil the hinge.*\nDid not work: Kick the door/);
    await agent.demand(tenantId, 'admin');
    expect(await all(tenantId)).toHaveLength(1);
    // A path with both outcomes teaches nothing.
    await finished('both', 'success', 'Oil the hinge');
    await finished('both', 'failure', 'Oil the hinge');
    await agent.demand('both', 'admin');
    expect(await all('both')).toEqual([]);
  });

  it('promotes a meta-prompt by its comparisons, and falls back to the parent', async () => {
    const tenantId = 'meta';
    const prompts = stage.get(MetaPromptRepository);
    const parent = await prompts.add(tenantId, { agent: null, family: 'math', text: 'Think.', parentId: null });
    const child = await prompts.add(tenantId, { agent: null, family: 'math', text: 'Think twice.', parentId: parent });
    const weak = await prompts.add(tenantId, { agent: null, family: 'math', text: 'Guess.', parentId: parent });
    for (let round = 0; round < 5; round += 1) await prompts.count(tenantId, parent, weak);
    await agent.demand(tenantId, 'admin');
    // An on-demand run also covers a tenant that only has meta-prompts.
    expect(await prompts.best(tenantId, 'robot', 'math')).toMatchObject({ metaPromptId: parent });
    for (let round = 0; round < 12; round += 1) await prompts.count(tenantId, child, weak);
    await agent.demand(tenantId, 'admin');
    expect(await prompts.best(tenantId, 'robot', 'math')).toMatchObject({ metaPromptId: child });
    expect(await prompts.rollback(tenantId, child)).toBe(parent);
    expect(await prompts.best(tenantId, 'robot', 'math')).toMatchObject({ metaPromptId: parent });
  });

  it('claims a slot once, regardless of the number of concurrent claims', async () => {
    const tenantId = 'slots';
    await stage.learn(tenantId, 'robot', 'Only one of us does it');
    await Promise.all(Array.from({ length: 6 }, () => agent.slot('0 * * * *', '2026-01-01T00:00:00.000Z')));
    const { items } = await agent.list(tenantId, {});
    expect(items.map(({ slot }) => slot)).toEqual(['2026-01-01T00:00:00.000Z']);
  });

  it('resumes where a killed replica stopped, and the replica with the lost lease writes nothing', async () => {
    const tenantId = 'killed';
    await finished(tenantId, 'success', 'Oil the hinge');
    await finished(tenantId, 'failure', 'Kick the door');
    const runs = stage.get(MemoryRunRepository);
    const owner = '00000000-0000-7000-8000-00000000dead';
    const dead = await runs.claim(tenantId, '0 * * * *', 'killed', 'system:memory', owner);
    if (!dead) throw new Error('the slot was taken');
    await runs.progress({ ...dead, stage: 'distil', position: null });
    await expect(agent.demand(tenantId, 'admin')).rejects.toMatchObject({ reason: 'conflict' });
    await stage.database.query(
      sql`update memory_runs set lease_until = now() - interval '1 second' where id = ${dead.memoryRunId}`,
    );
    await agent.goOn();
    expect(await agent.get(tenantId, dead.memoryRunId)).toMatchObject({ state: 'completed' });
    expect((await all(tenantId)).length).toBe(1);
    expect(await runs.progress({ ...dead, stage: 'merge', position: null })).toBe(false);
  });

  it('ends a run that stopped ten replicas in a row, with the reason, without counting replicas that released it', async () => {
    const tenantId = 'deadly';
    const runs = stage.get(MemoryRunRepository);
    const owner = '00000000-0000-7000-8000-00000000dead';
    const dead = await runs.claim(tenantId, '0 * * * *', 'deadly', 'system:memory', owner);
    if (!dead) throw new Error('the slot was taken');
    const kill = () =>
      stage.database.query(
        sql`update memory_runs set lease_until = now() - interval '1 second' where id = ${dead.memoryRunId}`,
      );
    const takeovers: (number | undefined)[] = [];
    const takeOver = async () => {
      const run = await runs.takeOver(owner);
      takeovers.push(run?.takeovers);
      return run ?? dead;
    };
    await kill();
    const first = await takeOver();
    await runs.progress({ ...first, stage: 'retire' });
    for (let count = 0; count < 8; count += 1) {
      await kill();
      await takeOver();
    }
    await kill();
    await runs.end(await takeOver(), 'running');
    await takeOver();
    expect(takeovers).toEqual([1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]);
    await kill();
    await agent.goOn();
    const run = await agent.get(tenantId, dead.memoryRunId);
    expect(run).toMatchObject({ state: 'failed', stage: 'retire' });
    expect(run.finishedAt).not.toBeNull();
    expect(run.steps).toEqual([
      {
        stage: 'retire',
        read: 0,
        proposed: 0,
        planIds: [],
        applied: 0,
        why: `10 replicas in a row stopped while they worked on memory run ${dead.memoryRunId} in stage retire, and it got no further. Look for its memoryRunId in their logs.`,
      },
    ]);
    // The tenant's next run is free to begin.
    expect(await agent.demand(tenantId, 'admin')).toMatchObject({ state: 'completed' });
  });
});

import type { StartParams } from '@assent/contract';
import type { Caller } from '../support/caller';
import { frameOf, framesUntil, type WireFrame } from '../support/frames';
import { startPending } from '../support/pending';
import { readPlan } from '../support/plans';
import { Stage } from '../support/stage';

const NO_ONE = '00000000-0000-7000-8000-000000000000';

describe('complete and memory', () => {
  let stage: Stage;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer } = await stage.start({ MEMORY_CONTROL_SHARE: '0' }));
  });
  afterAll(() => stage.close());

  const finished = async (
    goal: string,
    more: Partial<StartParams> = {},
  ): Promise<{ runId: string; frames: WireFrame[] }> => {
    const { runId } = await developer.call('start', readPlan('README.md', { goal, memory: true, ...more }));
    return { runId, frames: await framesUntil(developer, runId, 'run.completed') };
  };
  const verdict = (runId: string) => ({ runId, outcome: 'success' as const, score: 0.9, note: 'as expected' });
  const found = async (query: string) => (await developer.call('memory/search', { query })).items;

  it('stages a lesson, makes it active when a second run agrees, and recalls it into the third', async () => {
    const goal = 'Find out why the warehouse robot reverses';
    const first = await finished(goal);
    expect(first.frames.map(({ type }) => type)).not.toContain('memory.recalled');
    const staged = await developer.call('complete', verdict(first.runId));
    expect(staged).toMatchObject({ state: 'completed', outcome: 'success', memory: { status: 'staged' } });
    const fragmentId = staged.memory?.fragmentId;
    expect(await found('warehouse robot')).toMatchObject([
      {
        fragmentId,
        status: 'staged',
        helpful: 0,
        harmful: 0,
        keys: [goal],
        provenance: [{ runId: first.runId, score: 0.9, note: 'as expected' }],
      },
    ]);

    const second = await finished(goal);
    // What is only staged is not recalled.
    expect(second.frames.map(({ type }) => type)).not.toContain('memory.recalled');
    expect(await developer.call('complete', verdict(second.runId))).toMatchObject({
      memory: { fragmentId, status: 'active' },
    });
    const [agreed] = await found('warehouse robot');
    expect(agreed?.provenance.map(({ runId }) => runId)).toEqual([first.runId, second.runId]);

    const third = await finished(goal);
    expect(frameOf(third.frames, 'memory.recalled')).toMatchObject({ fragments: [{ fragmentId, text: agreed?.text }] });
    await developer.call('complete', verdict(third.runId));
    expect(await stage.rows('select fragment_id, helped from memory_uses where run_id = $1', [third.runId])).toEqual([
      { fragment_id: fragmentId, helped: true },
    ]);

    const without = await finished(goal, { memory: false });
    expect(without.frames.map(({ type }) => type)).not.toContain('memory.recalled');
    expect(await developer.call('complete', verdict(without.runId))).toMatchObject({ memory: null });
    // The third run had recalled it: that is a use, and no independent evidence.
    expect((await found('warehouse robot'))[0]?.provenance).toHaveLength(2);
  });

  it('tells of the verdict in a frame after the end', async () => {
    const { runId, frames } = await finished('Look at the conveyor belt');
    await developer.call('complete', verdict(runId));
    const page = await developer.call('stream', { runId, after: frames.length });
    expect(page).toMatchObject({ frames: [{ type: 'memory.recorded', outcome: 'success', learnt: true }], done: true });
  });

  it('answers the same verdict again without learning twice, and -32002 to another', async () => {
    const { runId } = await finished('Look at the loading ramp');
    await developer.call('complete', verdict(runId));
    expect(await developer.call('complete', verdict(runId))).toMatchObject({ state: 'completed', outcome: 'success' });
    expect(await developer.fail('complete', { runId, outcome: 'failure' })).toMatchObject({
      code: -32002,
      data: { outcome: 'success' },
    });
    expect((await found('loading ramp'))[0]).toMatchObject({ helpful: 0, strength: 2, version: 1 });
  });

  it('answers -32002 with the state while the run goes on, and cancels it when it is abandoned', async () => {
    const { runId } = await startPending(developer, 'abandoned.txt', 'x');
    expect(await developer.fail('complete', verdict(runId))).toMatchObject({
      code: -32002,
      data: { state: 'waiting' },
    });
    const answer = { runId, state: 'cancelled', outcome: 'abandoned', memory: null };
    expect(await developer.call('complete', { runId, outcome: 'abandoned' })).toEqual(answer);
    expect(await developer.call('complete', { runId, outcome: 'abandoned' })).toEqual(answer);
    expect((await developer.call('run/get', { runId })).state).toBe('cancelled');
  });

  it('keeps what has turned out true, and refuses an assumption the run never made', async () => {
    const { runId } = await finished('Look at the forklift');
    const resolved = [{ assumptionId: 'too-short', truth: true }];
    const unknown = [...resolved, { assumptionId: 'nobody', truth: true }];
    expect(await developer.fail('complete', { ...verdict(runId), resolved: unknown })).toMatchObject({
      code: -32602,
      data: { pointer: '/resolved/1/assumptionId' },
    });
    await developer.call('complete', { ...verdict(runId), resolved });
    expect(await stage.rows('select assumption_id, truth, actor from resolutions where run_id = $1', [runId])).toEqual([
      { assumption_id: 'too-short', truth: true, actor: 'developer' },
    ]);
  });

  it.each([
    ['a score above 1', { outcome: 'success', score: 1.1 }, '/score'],
    ['an unknown outcome', { outcome: 'splendid' }, '/outcome'],
    ['no outcome', {}, '/outcome'],
  ])('answers -32602 to %s', async (_, params, pointer) => {
    expect(await developer.fail('complete', { runId: NO_ONE, ...params })).toMatchObject({
      code: -32602,
      data: { pointer },
    });
  });

  it('answers -32001 to an unknown run', async () => {
    expect(await developer.fail('complete', verdict(NO_ONE))).toMatchObject({ code: -32001 });
  });
});

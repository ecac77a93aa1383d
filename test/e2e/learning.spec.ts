import type { StartParams, Tree } from '@assent/contract';
import type { Caller } from '../support/caller';
import { frameOf, framesUntil, type WireFrame } from '../support/frames';
import { hidden, readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

/** The statement of `readPlan` that its choice rests on. */
const STATEMENT = 'too-short';

describe('a run that learns from earlier ones', () => {
  let stage: Stage;
  let server: Replica;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ MEMORY_CONTROL_SHARE: '0' });
    ({ developer } = server);
  });
  afterAll(() => stage.close());

  const run = async (more: Partial<StartParams>): Promise<{ runId: string; frames: WireFrame[]; tree: Tree }> => {
    const { runId } = await developer.call('start', readPlan('README.md', { memory: true, ...more }));
    const frames = await framesUntil(developer, runId, 'run.completed');
    return { runId, frames, tree: await developer.call('tree/get', { runId }) };
  };
  const finished = async (outcome: 'success' | 'failure', truth: boolean | null, more: Partial<StartParams>) => {
    const { runId } = await run(more);
    const resolved = truth === null ? {} : { resolved: [{ assumptionId: STATEMENT, truth }] };
    await developer.call('complete', { runId, outcome, ...resolved });
    return runId;
  };
  const learnedOf = ({ assumptions }: Tree) => assumptions.find(({ id }) => id === STATEMENT)?.learned;

  it('shows what they found beside what a caller states, and uses it when asked to', async () => {
    const goal = (ticket: number) => `Look into ticket INC-${ticket}, the pump is loud`;
    const runs: string[] = [];
    for (let ticket = 1; ticket <= 3; ticket += 1) {
      runs.unshift(await finished('failure', false, { goal: goal(ticket), family: 'pump' }));
    }
    const shown = await run({ goal: goal(4), family: 'pump' });
    expect(shown.tree).toMatchObject({ chosen: { actionId: 'read' }, params: { learning: 'show' } });
    expect(learnedOf(shown.tree)).toMatchObject({ stated: 0.9, runs });
    expect(shown.tree.assumptions.find(({ id }) => id === STATEMENT)?.p).toBe(0.9);

    const applied = await run({ goal: goal(5), family: 'pump', learning: 'apply' });
    const learned = learnedOf(applied.tree);
    // Three runs weigh 1 + 2^(-1/20) + 2^(-2/20), and the stated value weighs 4.
    expect(learned?.n).toBeCloseTo(1 + 2 ** -0.05 + 2 ** -0.1, 3);
    expect(learned?.p).toBeCloseTo((4 * 0.9) / (4 + (learned?.n ?? 0)), 5);
    expect(applied.tree.assumptions.find(({ id }) => id === STATEMENT)?.p).toBe(learned?.p);
    const read = applied.tree.actions.find(({ id }) => id === 'read');
    expect(read?.learned).toMatchObject({ n: learned?.n, runs });
    expect(read?.learned?.p).toBeLessThan(read?.learned?.stated ?? 0);
    expect(frameOf(applied.frames, 'tree.built')).toMatchObject({
      learning: 'apply',
      learned: [{ actionId: 'read', learned: read?.learned }],
    });
    const added = applied.frames.filter(({ type }) => type === 'assumption.added');
    expect(added.find(({ assumptionId }) => assumptionId === STATEMENT)).toMatchObject({ learned });
    const { rationale } = applied.tree;
    expect(rationale?.for.find(({ assumptionId }) => assumptionId === STATEMENT)).toMatchObject({
      learned,
      sources: ['caller', 'learned'],
    });
    expect(frameOf(applied.frames, 'path.chosen')['rationale']).toEqual(rationale);
    expect(await developer.call('tree/score', { runId: applied.runId })).toEqual(applied.tree);

    for (const without of [{ learning: 'off' as const }, { memory: false, learning: 'apply' as const }]) {
      const { tree } = await run({ goal: goal(6), family: 'pump', ...without });
      expect(learnedOf(tree)).toBeUndefined();
      expect(tree.params).not.toHaveProperty('learning');
    }
    const scored = readPlan('README.md');
    const { beliefs, actions } = scored;
    const tree = await developer.call('tree/score', {
      ...(beliefs ? { beliefs } : {}),
      ...(actions ? { actions } : {}),
    });
    expect(learnedOf(tree)).toBeUndefined();
  });

  it('takes goals that differ in marks for one family, uses it for composed beliefs, and explores when asked to', async () => {
    const more = (ticket: number): StartParams => ({
      goal: `Reboot switch sw-${ticket} in rack ${ticket}`,
      trace: 'The switch probably hangs. Reading README.md should say how to reboot it.',
      actions: [
        { id: 'read', kind: 'tool', tool: 'file.read', args: { path: 'README.md' }, key: 'read-the-manual' },
        { id: 'finish', kind: 'finish' },
      ],
    });
    const composed = async (ticket: number, params?: StartParams['params']) => {
      const plan = { ...more(ticket), workspace: 'example', ...(params ? { params } : {}) };
      const { runId } = await developer.call('start', plan);
      await framesUntil(developer, runId, 'run.completed');
      return { runId, tree: await developer.call('tree/get', { runId }) };
    };
    const first = await composed(1);
    expect(first.tree.params).not.toHaveProperty('learning');
    await developer.call('complete', { runId: first.runId, outcome: 'success' });
    const second = await composed(2, { explore: 0.3 });
    expect(second.tree.params).toMatchObject({ learning: 'apply', explore: 0.3 });
    const read = second.tree.actions.find(({ id }) => id === 'read');
    expect(first.tree.chosen.actionId).toBe('read');
    expect(read?.learned).toMatchObject({ runs: [first.runId] });
    expect(read?.explore?.bonus).toBeCloseTo(0.3 * Math.sqrt(Math.log(2) / 2), 4);
  });

  it('counts every run once, what people and agents say of it, and nothing that was voided or ran out', async () => {
    const outcomes = () =>
      stage.rows<{ runs: number; rows: number }>(
        'select count(distinct run_id)::integer as runs, count(*)::integer as rows from memory_statement_outcomes',
        [],
      );
    const [before] = await outcomes();
    const runId = await finished('success', true, { goal: 'Count the valves' });
    const verdict = { runId, outcome: 'success' as const, resolved: [{ assumptionId: STATEMENT, truth: true }] };
    await developer.call('complete', verdict);
    await developer.call('assumption/resolve', { runId, assumptionId: 'on-purpose', truth: false });
    await developer.call('assumption/resolve', { runId, assumptionId: 'on-purpose', truth: false });
    const [after] = await outcomes();
    expect(after).toEqual({ runs: (before?.runs ?? 0) + 1, rows: (before?.rows ?? 0) + 2 });
    expect(await stage.rows('select success from memory_action_outcomes where run_id = $1', [runId])).toEqual([
      { success: true },
    ]);

    const asked = async (more: Partial<StartParams>) => {
      const { runId: id } = await developer.call('start', hidden({ memory: true, ...more }));
      const frames = await framesUntil(developer, id, 'request');
      return { id, requestId: String(frameOf(frames, 'request')['id']) };
    };
    const answered = await asked({});
    await developer.post('/rpc', { jsonrpc: '2.0', id: answered.requestId, result: { truth: true } });
    await framesUntil(developer, answered.id, 'request.resolved');
    const expired = await asked({ questions: { ttlSeconds: 1, onExpiry: 'true' } });
    await framesUntil(developer, expired.id, 'request.resolved');
    const forgetful = await finished('success', true, { goal: 'Count the valves', memory: false });
    const counted = (id: string) => stage.rows('select truth from memory_statement_outcomes where run_id = $1', [id]);
    expect(await counted(answered.id)).toHaveLength(2);
    expect(await counted(expired.id)).toEqual([]);
    expect(await counted(forgetful)).toEqual([]);
    await developer.call('run/cancel', { runId: answered.id });
    await developer.call('run/cancel', { runId: expired.id });
  });

  it('forgets what a forgotten run had taught', async () => {
    const more = { goal: 'Grease the hinge 7', family: 'hinge', learning: 'apply' as const };
    const runs = [await finished('success', null, more), await finished('success', null, more)];
    const read = async () => (await run(more)).tree.actions.find(({ id }) => id === 'read')?.learned;
    expect((await read())?.runs).toEqual(runs.toReversed());
    await developer.call('memory/forget', { runId: runs[0] ?? '' });
    expect((await read())?.runs).toEqual([runs[1]]);
    await developer.call('memory/forget', { runId: runs[1] ?? '' });
    expect(await read()).toBeUndefined();
    expect(await stage.rows(`select goal from memory_families where goal like 'Grease%'`, [])).toEqual([]);
  });

  it('is not moved by another workspace, and moves no policy', async () => {
    const more = { goal: 'Polish the lens', family: 'lens', learning: 'apply' as const };
    for (let count = 0; count < 3; count += 1) await finished('failure', false, more);
    await stage.sql.query(`update memory_action_outcomes set workspace = 'elsewhere' where family in
      (select family from memory_families where goal = 'Polish the lens')`);
    expect((await run(more)).tree.actions.find(({ id }) => id === 'read')?.learned).toBeUndefined();
    const guarded = async () => frameOf((await run(more)).frames, 'tool.guarded');
    const { verdict, rule } = await guarded();
    expect({ verdict, rule }).toEqual({
      verdict: 'allow',
      rule: frameOf((await run({ memory: false })).frames, 'tool.guarded')['rule'],
    });
  });
});

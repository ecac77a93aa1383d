import { eventually } from '../support/eventually';
import { frameOf, framesOf, seen } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

/** The plan's chosen path assumes `too-short`; without it, finishing is best. */
const REFUTED = 'too-short';

describe('a refuted assumption', () => {
  let stage: Stage;
  let first: Replica;
  let second: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    [first, second] = await Promise.all([stage.start(), stage.start()]);
  });

  afterAll(async () => {
    await stage.close();
  });

  it('takes back the approval whose path rested on it, and the run plans again', async () => {
    const pending = await startPending(first.developer, 'refuted.txt', 'x');
    const { runId, approvalId, requestId } = pending;
    const params = { runId, assumptionId: REFUTED, truth: false };
    expect(await second.developer.call('assumption/resolve', params)).toMatchObject({ truth: false });
    await seen(first.developer, runId, 'run.completed');
    const frames = await framesOf(first.developer, runId);
    const after = frames.slice(frames.findIndex(({ type }) => type === 'run.waiting') + 1);
    expect(after.slice(0, 5)).toMatchObject([
      { type: 'assumption.resolved', assumptionId: REFUTED, truth: false, source: 'assumption/resolve' },
      { type: 'tree.rescored', before: 'write', after: 'finish' },
      { type: 'approval.voided', approvalId },
      { type: 'request.resolved', id: requestId, outcome: 'voided' },
      { type: 'run.resumed', reason: 'refutation' },
    ]);
    expect(frameOf(after, 'approval.voided')['reason']).toContain('The timeout is too short');
    expect(frameOf(after, 'path.chosen')).toMatchObject({ step: 2, actionId: 'finish' });
    expect(await first.reviewer.call('approval/get', { approvalId })).toMatchObject({ state: 'voided' });
    expect((await decide(first.reviewer, pending, 'approve')).status).toBe(409);
    await expect(stage.read('refuted.txt')).rejects.toThrow('ENOENT');
    expect(await stage.rows(`select action, actor from audit_log where run_id = $1`, [runId])).toEqual([
      { action: 'approval.void', actor: 'developer' },
    ]);
  });

  it('that is confirmed takes nothing back: the tree is scored again, the approval stays', async () => {
    const pending = await startPending(first.developer, 'confirmed.txt', 'x');
    const { runId } = pending;
    await first.developer.call('assumption/resolve', { runId, assumptionId: REFUTED, truth: true });
    expect((await framesOf(first.developer, runId)).slice(-2)).toMatchObject([
      { type: 'assumption.resolved', truth: true },
      { type: 'tree.rescored', before: 'write', after: 'write' },
    ]);
    expect((await decide(first.reviewer, pending, 'approve')).status).toBe(200);
    await seen(first.developer, runId, 'run.completed');
    expect(await stage.read('confirmed.txt')).toBe('x');
  });

  it('by the verdict on another run of the workspace voids what waits on the same', async () => {
    const waiting = await startPending(second.developer, 'elsewhere.txt', 'x');
    const { runId } = await first.developer.call('start', readPlan('config/payments.yaml'));
    await eventually('the other run has ended', async () => {
      const { state } = await first.developer.call('run/get', { runId });
      return state === 'completed' || state === 'failed';
    });
    await first.developer.call('complete', {
      runId,
      outcome: 'failure',
      resolved: [{ assumptionId: REFUTED, truth: false }],
    });
    const voided = await seen(second.developer, waiting.runId, 'approval.voided');
    expect(voided).toMatchObject({ approvalId: waiting.approvalId });
    expect(frameOf(await framesOf(second.developer, waiting.runId), 'assumption.resolved')).toMatchObject({
      source: 'refutation',
      actor: 'developer',
      truth: false,
    });
    await seen(second.developer, waiting.runId, 'run.completed');
  });

  it('is settled by the first word; the same again answers the same, the opposite is a conflict', async () => {
    const { runId } = await startPending(first.developer, 'twice.txt', 'x');
    const say = (truth: boolean) => ({ runId, assumptionId: 'on-purpose', truth });
    await first.developer.call('assumption/resolve', say(false));
    expect(await second.developer.call('assumption/resolve', say(false))).toMatchObject({ state: 'waiting' });
    expect(await second.developer.fail('assumption/resolve', say(true))).toMatchObject({ code: -32002 });
    expect(await first.developer.fail('assumption/resolve', { ...say(true), assumptionId: 'nobody' })).toMatchObject({
      code: -32001,
    });
    expect(await first.reviewer.fail('assumption/resolve', say(false))).toMatchObject({ code: -32003 });
  });

  it('against an approval at the same moment: one of them wins, and nothing is written that was voided', async () => {
    const rounds = Array.from({ length: 10 }, async (_, round) => {
      const path = `race-${round}.txt`;
      const pending = await startPending(first.developer, path, 'x', { goal: `Race ${round}` });
      const { runId } = pending;
      const [decision] = await Promise.all([
        decide(first.reviewer, pending, 'approve'),
        second.developer.call('assumption/resolve', { runId, assumptionId: REFUTED, truth: false }),
      ]);
      await seen(first.developer, runId, 'run.completed');
      const { state } = await first.reviewer.call('approval/get', { approvalId: pending.approvalId });
      const written = await stage.read(path).then(
        () => true,
        () => false,
      );
      return { status: decision.status, state, written };
    });
    for (const { status, state, written } of await Promise.all(rounds)) {
      expect({ state, written }).toEqual(
        status === 200 ? { state: 'approved', written: true } : { state: 'voided', written: false },
      );
    }
  });

  it('in a workspace of its own concerns nobody else', async () => {
    const waiting = await startPending(first.developer, 'kept.txt', 'x');
    await stage.rows(`update runs set workspace = 'other' where id = $1`, [waiting.runId]);
    const other = await startPending(first.developer, 'gone.txt', 'x');
    await first.developer.call('assumption/resolve', { runId: other.runId, assumptionId: REFUTED, truth: false });
    await eventually('everybody was told', async () => {
      const [row] = await stage.rows<{ left: number }>(
        `select count(*)::int as left from resolutions where not spread`,
      );
      return row?.left === 0;
    });
    expect(await first.developer.call('run/get', { runId: waiting.runId })).toMatchObject({ state: 'waiting' });
  });

  it('changes nothing while the choice holds, and voids once what is known changes it, also off the chosen path', async () => {
    const action = { id: 'move', kind: 'tool' as const, tool: 'file.write', args: { path: 'move.txt', content: 'x' } };
    const { runId } = await first.developer.call('start', {
      goal: 'Two reasons for one action',
      memory: false,
      actions: [action, { id: 'stay', kind: 'noop' }],
      beliefs: {
        assumptions: [
          { id: 'toString', text: 'The folder is the wrong one', p: 0.8 },
          { id: 'name', text: 'The name is the wrong one', p: 0.8 },
        ],
        associations: ['toString', 'name'].map((assumptionId) => ({ assumptionId, value: true, actionId: 'move' })),
        gains: ['toString', 'name'].map((id) => ({ actionId: 'move', when: { [id]: true }, gain: 1 })),
      },
    });
    await seen(first.developer, runId, 'approval.requested');
    const tree = await first.developer.call('tree/get', { runId });
    // The chosen leaf does not rest on the name: the first assumption decides there.
    expect(tree.chosen.path).toEqual([{ assumptionId: 'toString', value: true }]);
    expect(tree.rationale?.for.map(({ assumptionId, decisive }) => [assumptionId, decisive])).toEqual([
      ['toString', false],
      ['name', false],
    ]);
    await first.developer.call('assumption/resolve', { runId, assumptionId: 'toString', truth: false });
    expect((await framesOf(first.developer, runId)).at(-1)).toMatchObject({ type: 'tree.rescored', after: 'move' });
    await first.developer.call('assumption/resolve', { runId, assumptionId: 'name', truth: false });
    const frames = await framesOf(first.developer, runId);
    expect(frameOf(frames, 'approval.voided')['reason']).toContain('"The name is the wrong one" is false (developer)');
  });

  describe('on a symptom of what the choice rests on', () => {
    const startOnCause = async (path: string) => {
      const { runId } = await first.developer.call('start', {
        goal: 'Move the file if the disk is full',
        memory: false,
        actions: [
          { id: 'move', kind: 'tool', tool: 'file.write', args: { path, content: 'x' } },
          { id: 'stay', kind: 'noop' },
        ],
        beliefs: {
          assumptions: [
            { id: 'full', text: 'The disk is full', p: 0.5 },
            {
              id: 'alarm',
              text: 'The alarm rings',
              p: 0.5,
              given: [
                { when: { full: true }, p: 0.99 },
                { when: { full: false }, p: 0.01 },
              ],
            },
          ],
          associations: [{ assumptionId: 'full', value: true, actionId: 'move' }],
          gains: [{ actionId: 'move', when: { full: true }, gain: 1 }],
        },
      });
      await seen(first.developer, runId, 'approval.requested');
      return runId;
    };
    const posteriorOf = async (runId: string, id: string) => {
      const tree = await first.developer.call('tree/score', { runId });
      return tree.assumptions.find((assumption) => assumption.id === id)?.posterior;
    };

    it('voids the approval when the symptom was observed, for it says something of its cause', async () => {
      const runId = await startOnCause('observed.txt');
      await first.developer.call('assumption/resolve', { runId, assumptionId: 'alarm', truth: false });
      await seen(first.developer, runId, 'approval.voided');
    });

    it('changes nothing when the symptom was set, which says nothing of its cause', async () => {
      const runId = await startOnCause('set.txt');
      const set = { runId, assumptionId: 'alarm', truth: false, how: 'set' as const };
      expect(await first.developer.call('assumption/resolve', set)).toMatchObject({ state: 'waiting' });
      const frames = await framesOf(first.developer, runId);
      expect(frameOf(frames, 'assumption.resolved')).toMatchObject({ assumptionId: 'alarm', truth: false, how: 'set' });
      expect(frames.map(({ type }) => type)).not.toContain('approval.voided');
      expect(await posteriorOf(runId, 'full')).toBeCloseTo(0.5, 9);
    });
  });

  it('that decides the choice voids it in favour of the other action, which the reason names', async () => {
    const pending = await startPending(first.developer, 'decisive.txt', 'x');
    const { runId, approvalId } = pending;
    const { rationale } = await first.reviewer.call('approval/get', { approvalId });
    expect(rationale).toMatchObject({
      actionId: 'write',
      alternative: 'finish',
      for: [
        {
          assumptionId: REFUTED,
          text: 'The timeout is too short',
          value: true,
          p: 0.9,
          decisive: true,
          sources: ['caller'],
        },
      ],
      against: [{ assumptionId: 'on-purpose', value: true, p: 0.1, decisive: false, flipsAt: null }],
    });
    expect(frameOf(await framesOf(first.developer, runId), 'path.chosen')['rationale']).toEqual(rationale);
    await first.developer.call('assumption/resolve', { runId, assumptionId: REFUTED, truth: false });
    const voided = await seen(first.developer, runId, 'approval.voided');
    expect(voided['reason']).toBe(
      'What is known now changes the choice from "Write decisive.txt" to "finish": "The timeout is too short" is false (developer).',
    );
  });

  it('that a verdict contradicts, or says twice, is refused and changes nothing', async () => {
    const { runId } = await first.developer.call('start', readPlan('README.md', { goal: 'Settle it once' }));
    await seen(first.developer, runId, 'run.completed');
    await first.developer.call('assumption/resolve', { runId, assumptionId: 'on-purpose', truth: false });
    const verdict = (truth: boolean, more: boolean[] = []) => ({
      runId,
      outcome: 'success' as const,
      resolved: [truth, ...more].map((said) => ({ assumptionId: 'on-purpose', truth: said })),
    });
    expect(await first.developer.fail('complete', verdict(true))).toMatchObject({ code: -32002 });
    expect(await first.developer.fail('complete', verdict(false, [true]))).toMatchObject({
      code: -32602,
      data: { pointer: '/resolved/1/assumptionId' },
    });
    expect(await first.developer.call('complete', verdict(false))).toMatchObject({ outcome: 'success' });
    const resolved = (await framesOf(first.developer, runId)).filter(({ type }) => type === 'assumption.resolved');
    expect(resolved).toHaveLength(1);
  });
});

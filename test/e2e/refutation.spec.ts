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

  it('voids what rests on it though no path of the tree shows it', async () => {
    const action = { id: 'only', kind: 'tool' as const, tool: 'file.write', args: { path: 'only.txt', content: 'x' } };
    const { runId } = await first.developer.call('start', {
      goal: 'One action only',
      memory: false,
      actions: [action],
      beliefs: {
        assumptions: [{ id: 'toString', text: 'The only file is the right one', p: 0.6 }],
        associations: [{ assumptionId: 'toString', value: true, actionId: 'only' }],
      },
    });
    await seen(first.developer, runId, 'approval.requested');
    expect((await first.developer.call('tree/get', { runId })).chosen.path).toEqual([]);
    await first.developer.call('assumption/resolve', { runId, assumptionId: 'toString', truth: false });
    const frames = await framesOf(first.developer, runId);
    expect(frameOf(frames, 'approval.voided')['reason']).toContain('The only file is the right one');
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

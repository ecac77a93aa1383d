import type { StepOutcome } from '../step/run.machine';
import type { Carry } from '../step/step.context';
import type { EffectOutcome, Tree } from '@assent/contract';
import { FakeStore, runOf, treeOf } from '../testing/fakes';
import { ObservePhase, lastEffect } from './observe.phase';

const OUTPUT: StepOutcome = { kind: 'result', result: { kind: 'output', actionId: 'look', output: {} } };
const FINISHED: StepOutcome = { kind: 'result', result: { kind: 'finished', actionId: 'end' } };
const failed = (reason: string) => ({ kind: 'error' as const, error: { reason, message: reason } });

/** The observe phase over the rows of one step. */
class Scene {
  approval: object | undefined;
  call: object | undefined;
  failures = 0;
  tree: Tree | undefined = treeOf({ id: 'look', kind: 'tool', label: 'Look' });
  revisions: object[] = [];
  steps: object[] = [];
  readonly models = { isConfigured: true };
  readonly store = new FakeStore();
  private readonly phase = new ObservePhase(
    { findOfStep: () => Promise.resolve(this.approval) } as never,
    { revisionsOfStep: () => Promise.resolve(this.revisions) } as never,
    { findOfStep: () => Promise.resolve(this.call) } as never,
    { maxSteps: () => 3, failuresInARow: () => Promise.resolve(this.failures) } as never,
    { ofRun: () => Promise.resolve(this.steps) } as never,
    this.models as never,
  );

  run(carry: Carry, { modelPlanned = false, step = 1 } = {}) {
    this.store.tree = this.tree;
    return this.phase.run(this.store.context(runOf({ phase: 'observe', modelPlanned, step }), carry));
  }
}

const byModel = { modelPlanned: true };

describe('the observe phase', () => {
  it('ends the run of a caller with the outcome of its step', async () => {
    const completed = await new Scene().run({ outcome: OUTPUT });
    expect([completed.frames[0]?.type, completed.next]).toEqual([
      'run.completed',
      { kind: 'concluded', outcome: { ...OUTPUT, result: { ...OUTPUT.result, reached: null } } },
    ]);
    const error = await new Scene().run({ outcome: failed('forbidden') });
    expect([error.frames[0]?.type, error.next.kind]).toEqual(['run.failed', 'concluded']);
  });

  it('lets a model plan the next step, with what this one came to', async () => {
    const result = await new Scene().run({ outcome: OUTPUT }, byModel);
    expect([result.next.kind, result.frames, result.writes.length]).toEqual(['observed', [], 1]);
  });

  it('leads back to the reads of a turn, which a replica of the version before has resumed here', async () => {
    const scene = new Scene();
    scene.call = { state: 'answered', actionId: 'a1', diffId: null, output: {} };
    scene.tree = undefined;
    const { frames, writes, next } = await scene.run({}, byModel);
    expect({ frames, writes, next }).toEqual({ frames: [], writes: [], next: { kind: 'called', phase: 'plan' } });
  });

  it('ends the run of a model that finishes, or fails once too often', async () => {
    const scene = new Scene();
    expect((await scene.run({ outcome: FINISHED }, byModel)).next.kind).toBe('concluded');
    expect((await scene.run({ outcome: failed('invalid') }, byModel)).next.kind).toBe('observed');
    scene.failures = 2;
    expect((await scene.run({ outcome: failed('invalid') }, byModel)).next.kind).toBe('concluded');
  });

  it.each([
    [{ kind: 'finished', actionId: 'end', reached: true }, true],
    [{ kind: 'finished', actionId: 'end', reached: false }, false],
    [{ kind: 'finished', actionId: 'end' }, null],
  ] as const)('says whether the goal is reached, as the model does: %j', async (result, reached) => {
    const { frames, next } = await new Scene().run({ outcome: { kind: 'result', result } }, byModel);
    expect(frames).toMatchObject([{ type: 'run.completed', body: { result: { reached } } }]);
    expect(next).toMatchObject({ outcome: { result: { reached } } });
  });

  it('shows the effect that failed beside the words of a model that has finished', async () => {
    const scene = new Scene();
    const effect = { ok: false, tool: 'shell.run', exitCode: 1, message: 'It exited with 1.' };
    const error = { reason: 'effect_failed', message: 'It exited with 1.' };
    scene.steps = [{ outcome: { kind: 'error', error, result: { kind: 'applied', actionId: 'a1', effect } } }];
    const result = { kind: 'finished', actionId: 'end', reached: true } as const;
    const { frames } = await scene.run({ outcome: { kind: 'result', result } }, byModel);
    expect(frames).toMatchObject([{ type: 'run.completed', body: { result: { reached: true, effect } } }]);
  });

  it('lets a model plan the next step after reads, with the result of each of them', async () => {
    const reads = [OUTPUT, failed('not_found')].map((outcome, index) => ({
      actionId: `a${index + 1}`,
      tool: 'file.read',
      args: {},
      outcome,
    }));
    const { next, frames, writes } = await new Scene().run({ results: reads }, byModel);
    expect([next, frames]).toEqual([{ kind: 'observed' }, []]);
    expect(JSON.stringify(writes)).toContain(JSON.stringify(JSON.stringify({ kind: 'reads', reads })).slice(1, -1));
    const last = await new Scene().run({ results: reads }, { modelPlanned: true, step: 3 });
    expect(last.next).toMatchObject({ kind: 'concluded', outcome: { error: { reason: 'budget_exhausted' } } });
  });

  it('ends the run when turns in a row have come to nothing, not when single reads have failed', async () => {
    const scene = new Scene();
    const missing = { actionId: 'a1', tool: 'file.read', args: {}, outcome: failed('not_found') };
    scene.failures = 1;
    expect((await scene.run({ results: [missing] }, byModel)).next.kind).toBe('observed');
    scene.failures = 2;
    const { next, frames } = await scene.run({ results: [missing, missing] }, byModel);
    expect([next.kind, frames[0]?.body]).toEqual(['concluded', { error: failed('not_found').error }]);
    expect((await scene.run({ results: [missing, { ...missing, outcome: OUTPUT }] }, byModel)).next.kind).toBe(
      'observed',
    );
  });

  it.each(['gone', 'outcome_unknown'])('plans nothing after "%s", which another step could repeat', async (reason) => {
    expect((await new Scene().run({ outcome: failed(reason) }, byModel)).next.kind).toBe('concluded');
  });

  it('ends the run with its last step', async () => {
    const { next } = await new Scene().run({ outcome: OUTPUT }, { modelPlanned: true, step: 3 });
    expect(next).toMatchObject({ kind: 'concluded', outcome: { error: { reason: 'budget_exhausted' } } });
  });

  it('keeps what the reviewers said also for an approved change that failed', async () => {
    const scene = new Scene();
    const vote = { actor: 'bob', decision: 'approve', comment: 'Fine.' };
    const decision = { decision: 'approve', actor: 'ann', comment: 'Go.', revision: 1, step: 1 };
    scene.approval = {
      id: 'a',
      state: 'voided',
      diffId: 'diff',
      ...decision,
      votes: [vote, { ...vote, actor: 'ann' }],
    };
    const { writes } = await scene.run({ outcome: failed('stale') }, byModel);
    const review = {
      decision: 'approve',
      by: 'ann',
      comment: 'Go.',
      votes: [{ by: 'bob', decision: 'approve', comment: 'Fine.' }],
    };
    expect(JSON.stringify(writes)).toContain(JSON.stringify(JSON.stringify(review).slice(1, -1)).slice(1, -1));
  });

  it('goes on by a model after a change of a trace was rejected with a comment, and ends otherwise', async () => {
    const rejected = (comment: string | null, trace?: string, isConfigured = true, step = 1) => {
      const scene = new Scene();
      scene.models.isConfigured = isConfigured;
      scene.store.params = { goal: 'fix it', ...(trace === undefined ? {} : { trace }) };
      scene.approval = {
        id: 'a',
        state: 'rejected',
        actionId: 'fix',
        diffId: 'diff',
        revision: 1,
        step: 1,
        decision: 'reject',
        comment,
        votes: [],
      };
      return scene.run({}, { step });
    };
    const goneOn = await rejected('Not so.', 'I write.');
    expect([goneOn.next, goneOn.writes.length]).toEqual([{ kind: 'observed', modelPlanned: true }, 1]);
    for (const ended of [rejected(null, 'I write.'), rejected('Not so.'), rejected('Not so.', 'I write.', false)]) {
      expect((await ended).next).toMatchObject({ kind: 'concluded', outcome: { result: { kind: 'rejected' } } });
    }
    // No steps are left.
    const last = await rejected('Not so.', 'I write.', true, 3);
    expect(last.next).toMatchObject({ kind: 'concluded', outcome: { result: { kind: 'rejected' } } });
  });

  it('reads a rejection, and an approval that expired', async () => {
    const scene = new Scene();
    scene.approval = { id: 'a', state: 'rejected', actionId: 'fix', diffId: 'diff', revision: 1, step: 1 };
    expect((await scene.run({})).next).toMatchObject({
      outcome: { result: { kind: 'rejected', diffId: 'diff', reached: false } },
    });
    scene.approval = { id: 'a', state: 'expired', expiresAt: new Date(), terms: { onExpiry: 'continue' } };
    expect((await scene.run({})).next).toMatchObject({ outcome: { error: { reason: 'gone' } } });
    expect((await scene.run({}, byModel)).next.kind).toBe('observed');
  });

  it.each([
    [{ state: 'answered', actionId: 'look', diffId: null, output: { a: 1 } }, { result: { kind: 'output' } }],
    [{ state: 'answered', actionId: 'look', diffId: 'd', output: { a: 1 } }, { result: { kind: 'applied' } }],
    [{ state: 'failed', diffId: null, error: 'no' }, { error: { reason: 'tool_failed' } }],
    [{ state: 'expired', diffId: null }, { error: { reason: 'timeout' } }],
    [{ state: 'expired', diffId: 'd' }, { error: { reason: 'outcome_unknown' } }],
  ])('reads the call of a client: %j', async (call, outcome) => {
    const scene = new Scene();
    scene.call = call;
    expect((await scene.run({})).next).toMatchObject({ kind: 'concluded', outcome });
  });

  it('fails for a step that has not ended', async () => {
    await expect(new Scene().run({})).rejects.toThrow('has not ended');
  });
});

describe('the effect that the end of a run shows', () => {
  const of = (tool: string, ok: boolean): EffectOutcome => ({ tool, ok, message: `${tool} ${ok}` });
  const step = (effect: EffectOutcome | null) => ({
    outcome: { kind: 'result', result: { kind: 'applied', actionId: 'a1', ...(effect && { effect }) } },
  });

  it('is a failure that was not put right, else the newest', () => {
    const [ran, failed, posted] = [of('shell.run', true), of('shell.run', false), of('http.request', true)];
    const shown = (...effects: (EffectOutcome | null)[]) => lastEffect(effects.map(step));
    expect(shown()).toBeUndefined();
    expect(shown(null)).toBeUndefined();
    expect(shown(failed, ran)).toEqual(ran);
    expect(shown(ran, failed)).toEqual(failed);
    expect(shown(failed, posted)).toEqual(failed);
    expect(shown(failed, posted, ran, null)).toEqual(ran);
    expect(lastEffect([{ outcome: { kind: 'error', error: { reason: 'invalid', message: 'no' } } }])).toBeUndefined();
  });
});

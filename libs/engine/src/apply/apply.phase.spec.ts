import { AssentError } from '@assent/contract';
import type { Applied } from '@assent/tools';
import { Postponed } from '../step/phase';
import type { Carry, StepDiff } from '../step/step.context';
import { FakeStore, callOf, diffOf, runOf } from '../testing/fakes';
import { ApplyPhase } from './apply.phase';
import { ApprovedDispatch } from './approved.dispatch';
import { DiffOutcomes } from './diff.outcomes';

const APPROVED = diffOf({ state: 'approved' });
const CLAIMED = diffOf({ state: 'applying', dispatchedHere: true });
/** Claimed by an interrupted attempt. */
const TAKEN_OVER = diffOf({ state: 'applying' });
const WRITTEN: Applied = { outcome: 'applied', output: null, effect: null, files: [] };
const EXTERNAL = { targets: ['api.example.com'], repeatable: false };

/** The apply phase with scripted tools. `effects` counts the effects begun. */
class Scene {
  effects = 0;
  effect: () => Applied = () => WRITTEN;
  external: { targets: string[]; repeatable: boolean } | null = null;
  verdict: 'allow' | 'ask' | 'deny' = 'allow';
  approval: object | undefined = { id: 'approval', state: 'approved', diffId: 'diff', hash: 'sha256:1' };
  lockKeys: () => bigint[] = () => [7n];
  readonly store: FakeStore;
  private readonly phase: ApplyPhase;

  constructor() {
    const tools = {
      check: () => undefined,
      decider: () => Promise.resolve(() => ({ verdict: this.verdict, rule: 'rule', reason: 'why' })),
      breakerOf: () => 'closed',
      lockKeys: () => this.lockKeys(),
      externalEffect: () => this.external,
      apply: () => {
        this.effects += 1;
        return new Promise((resolve) => {
          resolve(this.effect());
        });
      },
    };
    this.store = new FakeStore(tools as never);
    this.store.call = callOf();
    const voids = {
      approved: () =>
        Promise.resolve({ frames: [{ type: 'approval.voided', step: 1, body: {} }], writes: [{ name: 'voided' }] }),
    };
    const outcomes = new DiffOutcomes(voids as never, tools as never);
    const approvals = { findOfStep: () => Promise.resolve(this.approval) };
    this.phase = new ApplyPhase(
      tools as never,
      new ApprovedDispatch(tools as never, approvals as never, {} as never, outcomes),
      outcomes,
      { propose: () => Promise.resolve(null) } as never,
      { observe: (_tool: string, _what: string, work: () => unknown) => work() } as never,
    );
  }

  prepare(diff: StepDiff) {
    return this.phase.prepare(this.store.context(runOf({ phase: 'apply' }), { diff }));
  }

  run(diff: StepDiff, attempts = 0) {
    return this.phase.run(this.store.context(runOf({ phase: 'apply', attempts }), { diff }));
  }
}

const typesOf = ({ frames }: { frames: readonly { type: string }[] }) => frames.map(({ type }) => type);
const reasonOf = ({ carry: { outcome } }: { carry: Carry }) =>
  outcome?.kind === 'error' ? outcome.error.reason : outcome?.kind;

describe('the apply phase, before the effect', () => {
  it('claims the dispatch and begins nothing', async () => {
    const scene = new Scene();
    await expect(scene.prepare(APPROVED)).resolves.toMatchObject({ locks: null });
    const result = await scene.run(APPROVED);
    expect(result.next).toEqual({ kind: 'dispatched' });
    expect(result.carry.diff).toMatchObject({ state: 'applying', dispatchedHere: true });
    expect(result.writes).toHaveLength(2);
    expect(scene.effects).toBe(0);
  });

  it('refuses a call that the policy denies now', async () => {
    const scene = new Scene();
    scene.verdict = 'deny';
    const result = await scene.run(APPROVED);
    expect([typesOf(result), reasonOf(result)]).toEqual([
      ['tool.guarded', 'approval.voided', 'tool.failed'],
      'forbidden',
    ]);
  });

  it.each([
    ['another diff', { id: 'approval', state: 'approved', diffId: 'other', hash: 'sha256:1' }],
    ['another content', { id: 'approval', state: 'approved', diffId: 'diff', hash: 'sha256:2' }],
    ['other hunks', { id: 'approval', state: 'approved', diffId: 'diff', hash: 'sha256:1', decidedHash: 'sha256:2' }],
    ['nothing any more', { id: 'approval', state: 'voided', diffId: 'diff', hash: 'sha256:1' }],
    ['nothing', undefined],
  ])('refuses a diff when the approval of its step is about %s', async (_what, approval) => {
    const scene = new Scene();
    scene.approval = approval;
    expect(reasonOf(await scene.run(APPROVED))).toBe('forbidden');
  });

  it('asks a person about a call that only a policy had allowed', async () => {
    const scene = new Scene();
    scene.verdict = 'ask';
    scene.store.call = callOf({ verdict: 'allow' });
    expect(reasonOf(await scene.run(APPROVED))).toBe('forbidden');
    scene.store.call = callOf({ verdict: 'ask' });
    expect((await scene.run(APPROVED)).next.kind).toBe('dispatched');
  });
});

describe('the apply phase, with the effect', () => {
  it('locks the targets, applies once and ends the step', async () => {
    const scene = new Scene();
    await expect(scene.prepare(CLAIMED)).resolves.toMatchObject({ locks: [7n] });
    const result = await scene.run(CLAIMED);
    expect([typesOf(result), result.next.kind, scene.effects]).toEqual([
      ['diff.applied', 'tool.completed'],
      'ended',
      1,
    ]);
  });

  it('applies nothing whose targets could not be locked', async () => {
    const scene = new Scene();
    scene.lockKeys = () => {
      throw new AssentError('invalid', 'There is no workspace.');
    };
    const { carry } = await scene.prepare(CLAIMED);
    const result = await scene.run({ ...CLAIMED, ...carry.diff });
    expect([reasonOf(result), scene.effects]).toEqual(['invalid', 0]);
  });

  it('does not repeat an external effect that an earlier attempt may have begun', async () => {
    const scene = new Scene();
    scene.external = { ...EXTERNAL };
    const result = await scene.run(TAKEN_OVER);
    expect([reasonOf(result), scene.effects]).toEqual(['outcome_unknown', 0]);
  });

  it('repeats an effect on files after an attempt that was cut off, if it is still allowed', async () => {
    const scene = new Scene();
    expect([reasonOf(await scene.run(TAKEN_OVER)), scene.effects]).toEqual(['result', 1]);
    scene.verdict = 'deny';
    expect([reasonOf(await scene.run(TAKEN_OVER)), scene.effects]).toEqual(['outcome_unknown', 1]);
  });

  it('leaves the outcome of an external effect unknown that was sent and not answered', async () => {
    const scene = new Scene();
    scene.external = { ...EXTERNAL };
    scene.effect = () => {
      throw new AssentError('timeout', 'No answer.', { sent: true });
    };
    expect(reasonOf(await scene.run(CLAIMED))).toBe('outcome_unknown');
  });

  it('gives the claim back when nothing was sent because the server cannot be reached', async () => {
    const scene = new Scene();
    scene.external = { ...EXTERNAL };
    scene.effect = () => {
      throw new AssentError('overloaded', 'The server cannot be reached.', { attempted: false });
    };
    await expect(scene.run(CLAIMED)).rejects.toBeInstanceOf(Postponed);
    await expect(scene.run(CLAIMED)).rejects.toMatchObject({ writes: [expect.anything(), expect.anything()] });
  });

  it('goes on with a change that may be half written, and voids one that is not begun', async () => {
    const scene = new Scene();
    const failing = (written: string) => () => {
      throw new AssentError('disk_unavailable', 'The disk is full.', { written });
    };
    scene.effect = failing('some');
    await expect(scene.run(CLAIMED)).rejects.toThrow('attempted again');
    scene.effect = failing('none');
    expect(reasonOf(await scene.run(CLAIMED))).toBe('disk_unavailable');
  });

  it('ends the step as stale when the base has changed and nothing can be proposed', async () => {
    const scene = new Scene();
    scene.effect = () => ({ ...WRITTEN, outcome: 'stale' });
    const result = await scene.run(CLAIMED);
    expect([typesOf(result), reasonOf(result)]).toEqual([['diff.stale', 'approval.voided', 'tool.failed'], 'stale']);
  });
});

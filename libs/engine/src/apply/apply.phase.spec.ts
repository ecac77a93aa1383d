import { AssentError } from '@assent/contract';
import type { Applied } from '@assent/tools';
import { Postponed } from '../step/phase';
import type { Carry } from '../step/step.context';
import { FakeStore, callOf, diffOf, newSession, runOf } from '../testing/fakes';
import { ApplyPhase } from './apply.phase';
import { ApprovedDispatch } from './approved.dispatch';
import { DiffOutcomes } from './diff.outcomes';

const APPROVED = diffOf({ state: 'approved' });
const APPROVAL = { id: 'approval', state: 'approved' as const, diffId: 'diff', hash: 'sha256:1', decidedHash: null };
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
  lockKeys: () => bigint[] = () => [7n];
  readonly store: FakeStore;
  private readonly session = newSession();
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
    this.store.approval = APPROVAL;
    const voids = {
      approved: () =>
        Promise.resolve({ frames: [{ type: 'approval.voided', step: 1, body: {} }], writes: [{ name: 'voided' }] }),
    };
    const outcomes = new DiffOutcomes(voids as never, tools as never);
    this.phase = new ApplyPhase(
      tools as never,
      new ApprovedDispatch(tools as never, {} as never, outcomes),
      outcomes,
      { propose: () => Promise.resolve(null) } as never,
      { observe: (_tool: string, _what: string, work: () => unknown) => work() } as never,
    );
  }

  prepare(carry: Carry = {}) {
    return this.phase.prepare(this.store.contextIn(this.session, runOf({ phase: 'apply' }), carry));
  }

  run(carry: Carry, attempts = 0) {
    return this.phase.run(this.store.contextIn(this.session, runOf({ phase: 'apply', attempts }), carry));
  }
}

const typesOf = ({ frames }: { frames: readonly { type: string }[] }) => frames.map(({ type }) => type);
const reasonOf = ({ carry: { outcome } }: { carry: Carry }) =>
  outcome?.kind === 'error' ? outcome.error.reason : outcome?.kind;

describe('the apply phase, before the effect', () => {
  it('claims the dispatch and begins nothing', async () => {
    const scene = new Scene();
    await expect(scene.prepare({ diff: APPROVED })).resolves.toMatchObject({ locks: null });
    const result = await scene.run({ diff: APPROVED });
    expect(result.next).toEqual({ kind: 'dispatched' });
    expect(result.carry.diff).toMatchObject({ state: 'applying', dispatchedHere: true });
    expect(result.writes).toHaveLength(2);
    expect(scene.effects).toBe(0);
  });

  it('reads the decided step once, for its locks and for its dispatch', async () => {
    const scene = new Scene();
    scene.store.diff = APPROVED;
    const { carry } = await scene.prepare();
    await scene.run(carry);
    expect(scene.store.reads).toEqual(['step']);
  });

  it('refuses a call that the policy denies now', async () => {
    const scene = new Scene();
    scene.verdict = 'deny';
    const result = await scene.run({ diff: APPROVED });
    expect([typesOf(result), reasonOf(result)]).toEqual([
      ['tool.guarded', 'approval.voided', 'tool.failed'],
      'forbidden',
    ]);
  });

  it.each([
    ['another diff', { ...APPROVAL, diffId: 'other' }],
    ['another content', { ...APPROVAL, hash: 'sha256:2' }],
    ['other hunks', { ...APPROVAL, decidedHash: 'sha256:2' }],
    ['nothing any more', { ...APPROVAL, state: 'voided' as const }],
    ['nothing', undefined],
  ])('refuses a diff when the approval of its step is about %s', async (_what, approval) => {
    const scene = new Scene();
    scene.store.approval = approval;
    expect(reasonOf(await scene.run({ diff: APPROVED }))).toBe('forbidden');
  });

  it('asks a person about a call that only a policy had allowed', async () => {
    const scene = new Scene();
    scene.verdict = 'ask';
    scene.store.call = callOf({ verdict: 'allow' });
    expect(reasonOf(await scene.run({ diff: APPROVED }))).toBe('forbidden');
    scene.store.call = callOf({ verdict: 'ask' });
    expect((await scene.run({ diff: APPROVED })).next.kind).toBe('dispatched');
  });
});

describe('the apply phase, with the effect', () => {
  it('locks the targets, applies once and ends the step', async () => {
    const scene = new Scene();
    await expect(scene.prepare({ diff: CLAIMED })).resolves.toMatchObject({ locks: [7n] });
    const result = await scene.run({ diff: CLAIMED });
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
    const { carry } = await scene.prepare({ diff: CLAIMED });
    const result = await scene.run({ diff: { ...CLAIMED, ...carry.diff } });
    expect([reasonOf(result), scene.effects]).toEqual(['invalid', 0]);
  });

  it('does not repeat an external effect that an earlier attempt may have begun', async () => {
    const scene = new Scene();
    scene.external = { ...EXTERNAL };
    const result = await scene.run({ diff: TAKEN_OVER });
    expect([reasonOf(result), scene.effects]).toEqual(['outcome_unknown', 0]);
  });

  it('repeats an effect on files after an attempt that was cut off, if it is still allowed', async () => {
    const scene = new Scene();
    expect([reasonOf(await scene.run({ diff: TAKEN_OVER })), scene.effects]).toEqual(['result', 1]);
    scene.verdict = 'deny';
    expect([reasonOf(await scene.run({ diff: TAKEN_OVER })), scene.effects]).toEqual(['outcome_unknown', 1]);
  });

  it('leaves the outcome of an external effect unknown that was sent and not answered', async () => {
    const scene = new Scene();
    scene.external = { ...EXTERNAL };
    scene.effect = () => {
      throw new AssentError('timeout', 'No answer.', { sent: true });
    };
    expect(reasonOf(await scene.run({ diff: CLAIMED }))).toBe('outcome_unknown');
  });

  it('gives the claim back when nothing was sent because the server cannot be reached', async () => {
    const scene = new Scene();
    scene.external = { ...EXTERNAL };
    scene.effect = () => {
      throw new AssentError('overloaded', 'The server cannot be reached.', { attempted: false });
    };
    await expect(scene.run({ diff: CLAIMED })).rejects.toBeInstanceOf(Postponed);
    await expect(scene.run({ diff: CLAIMED })).rejects.toMatchObject({
      writes: [expect.anything(), expect.anything()],
    });
  });

  it('goes on with a change that may be half written, and voids one that is not begun', async () => {
    const scene = new Scene();
    const failing = (written: string) => () => {
      throw new AssentError('disk_unavailable', 'The disk is full.', { written });
    };
    scene.effect = failing('some');
    await expect(scene.run({ diff: CLAIMED })).rejects.toThrow('attempted again');
    scene.effect = failing('none');
    expect(reasonOf(await scene.run({ diff: CLAIMED }))).toBe('disk_unavailable');
  });

  it('ends the step as stale when the base has changed and nothing can be proposed', async () => {
    const scene = new Scene();
    scene.effect = () => ({ ...WRITTEN, outcome: 'stale' });
    const result = await scene.run({ diff: CLAIMED });
    expect([typesOf(result), reasonOf(result)]).toEqual([['diff.stale', 'approval.voided', 'tool.failed'], 'stale']);
  });
});

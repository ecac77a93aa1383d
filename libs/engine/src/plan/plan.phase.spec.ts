import { EventEmitter, once } from 'node:events';
import type { StartParams, Tree } from '@assent/contract';
import { NOTHING_RECALLED, type Recalled } from '@assent/memory';
import type { RunHead } from '@assent/runs';
import { StepLimits } from '../step/step.limits';
import { FakeStore, callOf, runOf, treeOf } from '../testing/fakes';
import { PlanPhase } from './plan.phase';

const TREE = {
  ...treeOf({ id: 'fix' }),
  assumptions: [
    { id: 'a1', text: 'the test is wrong', p: 0.3, resolved: null },
    { id: 'a2', text: 'the code is wrong', p: 0.7, resolved: true },
  ],
} as unknown as Tree;
const PLAN = { tree: TREE, composer: 'caller', degraded: false, warnings: [], paths: [{ leafId: 'leaf', path: [] }] };
const RECALLED = { ...NOTHING_RECALLED, fragments: [{ fragmentId: 'f1' }] } as unknown as Recalled;

/** A plan phase with fake planners, memory and assumptions. `log` records the calls to them. */
class Scene {
  readonly log: string[] = [];
  readonly store = new FakeStore();
  recalled: Recalled = NOTHING_RECALLED;
  untilRecalled: Promise<unknown> = Promise.resolve();
  replanned: object | null = PLAN;
  draft: object | undefined;
  steps = {};
  observed: readonly { assumptionId: string; truth: boolean }[] = [];
  reads: object | null = null;
  private readonly phase: PlanPhase;

  constructor(params: Partial<StartParams> = {}, isConfigured = false) {
    this.store.params = { goal: 'fix it', ...params };
    const model = { ...PLAN, composer: 'model', source: 'model:m', trace: 'because' };
    this.phase = new PlanPhase(
      new StepLimits(null as never, { env: { MAX_STEPS: 3 } } as never),
      { plan: () => this.played('caller', PLAN), replan: () => this.played('replan', this.replanned) } as never,
      {
        isConfigured,
        compose: () => this.played('compose', PLAN),
        plan: () => this.played('model', this.reads ?? { ...model, observed: this.observed, ...this.steps }),
      } as never,
      { recall: () => this.recall() } as never,
      {
        assumptions: () =>
          this.played('assumptions', [
            { step: 1, assumption: { id: 'a1', text: 'x', key: 'k', negated: false, p: 0.3, evidence: [] } },
          ]),
      } as never,
      { of: () => Promise.resolve({ draftOf: () => this.draft }) } as never,
    );
  }

  run(changes: Partial<RunHead> = {}) {
    return this.phase.run(this.store.context(runOf(changes)));
  }

  private async recall(): Promise<Recalled> {
    this.log.push('recall');
    await this.untilRecalled;
    return this.recalled;
  }

  private played<T>(what: string, answer: T): Promise<T> {
    this.log.push(what);
    return Promise.resolve(answer);
  }
}

const typesOf = ({ frames }: { frames: readonly { type: string }[] }) => frames.map(({ type }) => type);
const TREE_FRAMES = ['assumption.added', 'tree.built', 'path.scored', 'path.chosen'];

describe('the plan phase', () => {
  it('gives the frames of the trace before those of the tree, and only open assumptions', async () => {
    const scene = new Scene({ trace: ['one', 'two'] });
    const result = await scene.run();
    expect(typesOf(result)).toEqual(['trace.delta', 'trace.delta', 'trace.completed', ...TREE_FRAMES]);
    expect(scene.log).toEqual(['recall', 'caller']);
    expect([result.next, result.carry.tree]).toEqual([{ kind: 'planned', recalled: [] }, TREE]);
  });

  it('records what it recalled in the first step, and does not ask memory in later ones', async () => {
    const first = new Scene();
    first.recalled = RECALLED;
    const result = await first.run();
    expect(typesOf(result)).toEqual(['memory.recalled', ...TREE_FRAMES]);
    expect([result.next, result.writes.length]).toEqual([{ kind: 'planned', recalled: ['f1'] }, 2]);
    const later = new Scene();
    later.recalled = RECALLED;
    const next = await later.run({ step: 2 });
    expect([later.log, next.next, next.writes.length]).toEqual([['replan'], { kind: 'planned' }, 1]);
  });

  it('plans while it recalls, unless a model composes from what is recalled', async () => {
    for (const [isConfigured, planned] of [
      [false, ['recall', 'caller']],
      [true, ['recall']],
    ] as const) {
      const scene = new Scene({}, isConfigured);
      const recall = new EventEmitter();
      scene.untilRecalled = once(recall, 'end');
      const running = scene.run();
      await new Promise(setImmediate);
      expect(scene.log).toEqual(planned);
      recall.emit('end');
      await running;
    }
  });

  it('does not ask memory when the start says so', async () => {
    const scene = new Scene({ memory: false });
    await scene.run();
    expect(scene.log).toEqual(['caller']);
  });

  it('lets a configured model compose, unless the caller has stated beliefs', async () => {
    const composed = new Scene({ memory: false }, true);
    await composed.run();
    const stated = new Scene({ memory: false, beliefs: { assumptions: [], associations: [] } }, true);
    await stated.run();
    expect([composed.log, stated.log]).toEqual([['compose'], ['caller']]);
  });

  it('ends the step when every action is a question that was asked', async () => {
    const scene = new Scene({ actions: [{ id: 'ask', kind: 'ask', label: 'Which one?' }] });
    scene.replanned = null;
    const { next, carry, writes } = await scene.run({ step: 2 });
    expect([next, writes]).toEqual([{ kind: 'ended' }, []]);
    expect(carry.outcome).toEqual({ kind: 'result', result: { kind: 'finished', actionId: 'ask' } });
  });

  it('plans by the model with the trace as its length only', async () => {
    const scene = new Scene();
    const { frames } = await scene.run({ modelPlanned: true });
    expect(typesOf({ frames })).toEqual(['trace.completed', ...TREE_FRAMES]);
    expect(frames[0]?.body).toEqual({ source: 'model:m', chars: 'because'.length });
    expect(scene.log).toEqual(['recall', 'model']);
  });

  it('keeps the reads of a turn with what was said, and has no tree', async () => {
    const scene = new Scene();
    scene.recalled = RECALLED;
    const reads = [{ actionId: 'a1', tool: 'file.read', args: { path: 'a' } }];
    scene.reads = { kind: 'reads', reads, turn: { step: 1 }, source: 'model:m', trace: 'because' };
    const result = await scene.run({ modelPlanned: true });
    expect(typesOf(result)).toEqual(['memory.recalled', 'trace.completed']);
    expect([result.next, result.carry]).toEqual([{ kind: 'planned', recalled: ['f1'] }, { reads }]);
    expect(JSON.stringify(result.writes[0])).toContain(
      JSON.stringify(JSON.stringify({ step: 1, chosen: null, reads })),
    );
  });

  it('goes on with reads that are under way, without asking the model', async () => {
    const scene = new Scene();
    const reads = [{ actionId: 'a1', tool: 'file.read', args: { path: 'a' } }];
    scene.store.turn = { reads };
    const call = { ...callOf(), actionId: 'a1', args: { path: '[redacted]' }, error: null };
    scene.store.calls = [call];
    const result = await scene.run({ modelPlanned: true });
    expect(scene.log).toEqual([]);
    expect(result).toEqual({
      frames: [],
      writes: [],
      next: { kind: 'planned' },
      carry: { reads, readCalls: [{ ...call, args: { path: 'a' } }] },
    });
  });

  it('resolves what the model has observed of assumptions that a tree holds, and nothing else', async () => {
    const scene = new Scene();
    const nothing = await scene.run({ modelPlanned: true });
    scene.observed = [
      { assumptionId: 'a1', truth: true },
      { assumptionId: 'unknown', truth: false },
    ];
    const result = await scene.run({ modelPlanned: true });
    const resolved = result.frames.filter(({ type }) => type === 'assumption.resolved');
    expect(resolved.map(({ body }) => body)).toEqual([
      { assumptionId: 'a1', truth: true, source: 'observation', actor: 'model:m' },
    ]);
    // The resolution, and the memory update.
    expect(result.writes.length).toBe(nothing.writes.length + 2);
  });

  it('says how the plan of the run has changed, and which call its current step will be', async () => {
    const scene = new Scene();
    expect(typesOf(await scene.run({ modelPlanned: true }))).not.toContain('plan.updated');
    const steps = [{ id: '1.1', tool: 'file.write', summary: 'file.write a', state: 'current', callId: 'c1' }];
    scene.steps = { steps, callId: 'c1' };
    const { frames, carry } = await scene.run({ modelPlanned: true });
    expect(frames.at(-1)).toMatchObject({ type: 'plan.updated', body: { steps } });
    expect(carry.callId).toBe('c1');
  });

  it('hands the dry run of the chosen change on, so that it is made once', async () => {
    const scene = new Scene();
    expect((await scene.run({ modelPlanned: true })).carry).not.toHaveProperty('draft');
    scene.draft = { unchanged: true };
    expect((await scene.run({ modelPlanned: true })).carry.draft).toBe(scene.draft);
  });

  it('refuses a step beyond the limit before it asks memory or a model', async () => {
    const scene = new Scene({ maxSteps: 2 });
    await expect(scene.run({ modelPlanned: true, step: 3 })).rejects.toMatchObject({ reason: 'budget_exhausted' });
    expect(scene.log).toEqual([]);
    await expect(new Scene({ maxSteps: 9 }).run({ modelPlanned: true, step: 4 })).rejects.toThrow('all of its 3 steps');
  });
});

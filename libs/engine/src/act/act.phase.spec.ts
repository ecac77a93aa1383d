import { AssentError, type Action, type Effect, type GuardDecision } from '@assent/contract';
import type { RunHead } from '@assent/runs';
import type { Carry } from '../step/step.context';
import { FakeStore, callOf, runOf, treeOf } from '../testing/fakes';
import { ActPhase } from './act.phase';

const EDIT: Partial<Action> = { id: 'fix', kind: 'tool', label: 'Fix', tool: 'file.edit', args: { path: 'a.txt' } };
const DRAFT = { unchanged: false, contentHash: 'sha256:1', bytes: Buffer.from('{}'), files: [] };

const NOTHING = { frames: [], writes: [], carry: {} };

/** The act phase with one scripted tool. */
class Scene {
  verdict: GuardDecision['verdict'] = 'ask';
  effect: Effect = 'write';
  run: () => object = () => ({ text: 'hello' });
  dryRun: () => object = () => DRAFT;
  guardedAsTainted: boolean | undefined;
  readonly store: FakeStore;
  private readonly phase: ActPhase;

  constructor() {
    const later = (work: () => object) =>
      new Promise((resolve) => {
        resolve(work());
      });
    const tools = {
      guard: (_call: object, caller: { tainted?: boolean }) => {
        this.guardedAsTainted = caller.tainted;
        return Promise.resolve({ verdict: this.verdict, rule: 'rule', reason: 'why' });
      },
      effectOf: () => this.effect,
      breakerOf: () => 'closed',
      redactForDisplay: (args: object) => ({ ...args, path: '[shown]' }),
      run: () => later(() => this.run()),
      dryRun: () => later(() => this.dryRun()),
    };
    this.store = new FakeStore(tools as never);
    const metrics = { observe: (_tool: string, _what: string, work: () => unknown) => work() };
    const asker = { ask: () => Promise.resolve({ next: { kind: 'questioned' } }) };
    const clients = {
      call: () => ({ ...NOTHING, next: { kind: 'called_client' } }),
    };
    const reads = {
      propose: () => Promise.resolve({ ...NOTHING, next: { kind: 'called', phase: 'plan' } }),
      make: () => Promise.resolve({ ...NOTHING, next: { kind: 'ended' } }),
    };
    this.phase = new ActPhase(tools as never, metrics as never, asker as never, clients as never, reads as never);
  }

  act(carry: Carry, modelPlanned = false, origin: RunHead['origin'] = 'caller') {
    return this.phase.run(this.store.context(runOf({ phase: 'act', modelPlanned, origin }), carry));
  }
}

const typesOf = ({ frames }: { frames: readonly { type: string }[] }) => frames.map(({ type }) => type);
const outcomeOf = ({ carry: { outcome } }: { carry: Carry }) =>
  outcome?.kind === 'error' ? outcome.error.reason : outcome?.result.kind;

describe('the act phase', () => {
  it('drafts a diff of a write, and carries it with its call', async () => {
    const result = await new Scene().act({ tree: treeOf(EDIT) });
    expect(typesOf(result)).toEqual(['tool.proposed', 'tool.guarded', 'diff.created']);
    expect(result.next).toEqual({ kind: 'drafted' });
    expect(result.carry).toMatchObject({
      call: { tool: 'file.edit', args: { path: 'a.txt' } },
      diff: { state: 'pending', hash: 'sha256:1', lineage: { treeId: 'tree', actionId: 'fix' } },
    });
  });

  it('takes the dry run and the id of the call that the plan phase has made', async () => {
    const scene = new Scene();
    scene.dryRun = () => {
      throw new Error('run dry twice');
    };
    const carry = { tree: treeOf(EDIT), draft: DRAFT as never, callId: 'call-of-the-plan' };
    expect((await scene.act(carry)).carry).toMatchObject({
      call: { id: 'call-of-the-plan' },
      diff: { hash: 'sha256:1', callId: 'call-of-the-plan' },
    });
  });

  it('drafts a diff that the policy has approved', async () => {
    const scene = new Scene();
    scene.verdict = 'allow';
    expect((await scene.act({ tree: treeOf(EDIT) })).carry.diff?.state).toBe('approved');
  });

  it('ends the step when nothing would change', async () => {
    const scene = new Scene();
    scene.dryRun = () => ({ unchanged: true });
    expect(outcomeOf(await scene.act({ tree: treeOf(EDIT) }))).toBe('unchanged');
  });

  it('makes no call that the policy denies, and no read that it would have to ask about', async () => {
    const scene = new Scene();
    scene.verdict = 'deny';
    expect(outcomeOf(await scene.act({ tree: treeOf(EDIT) }))).toBe('forbidden');
    scene.verdict = 'ask';
    scene.effect = 'read';
    expect(outcomeOf(await scene.act({ tree: treeOf(EDIT) }))).toBe('forbidden');
  });

  it('drafts a read of the gateway for a person, and makes it at once when the policy allows it', async () => {
    const scene = new Scene();
    scene.effect = 'read';
    expect((await scene.act({ tree: treeOf(EDIT) }, false, 'gateway')).carry.diff?.state).toBe('pending');
    scene.verdict = 'allow';
    expect((await scene.act({ tree: treeOf(EDIT) }, false, 'gateway')).next.kind).toBe('called');
    scene.verdict = 'deny';
    expect(outcomeOf(await scene.act({ tree: treeOf(EDIT) }, false, 'gateway'))).toBe('forbidden');
  });

  it('guards a call as tainted unless the caller gave it word for word', async () => {
    const scene = new Scene();
    await scene.act({ tree: treeOf(EDIT) });
    expect(scene.guardedAsTainted).toBe(true);
    scene.store.params = { goal: 'fix it', actions: [EDIT as Action] };
    await scene.act({ tree: treeOf(EDIT) });
    expect(scene.guardedAsTainted).toBe(false);
  });

  it('commits a read before it makes it, and then ends with its output', async () => {
    const scene = new Scene();
    scene.verdict = 'allow';
    scene.effect = 'read';
    const called = await scene.act({ tree: treeOf(EDIT) });
    expect([called.next.kind, typesOf(called).at(-1)]).toEqual(['called', 'tool.started']);
    const read = await scene.act({ tree: treeOf(EDIT), ...called.carry });
    expect([typesOf(read), outcomeOf(read)]).toEqual([['tool.output', 'tool.completed'], 'output']);
  });

  it('commits the calls of a turn of reads, and then makes them', async () => {
    const reads = [{ actionId: 'a1', tool: 'file.read', args: {} }];
    expect((await new Scene().act({ reads }, true)).next.kind).toBe('called');
    expect((await new Scene().act({ reads, readCalls: [] }, true)).next.kind).toBe('ended');
  });

  it('makes a stored read again after a takeover', async () => {
    const scene = new Scene();
    scene.store.call = callOf();
    expect(outcomeOf(await scene.act({}))).toBe('output');
  });

  it('asks the client to make a read with one of its own tools', async () => {
    const scene = new Scene();
    scene.verdict = 'allow';
    scene.effect = 'read';
    scene.store.params = { goal: 'fix it', clientTools: [{ name: 'file.edit' }] as never };
    expect((await scene.act({ tree: treeOf(EDIT) })).next.kind).toBe('called_client');
  });

  it('reports a failure of the tool as the outcome, and throws one of the server', async () => {
    const scene = new Scene();
    scene.dryRun = () => {
      throw new AssentError('not_found', 'There is no such file.');
    };
    expect(outcomeOf(await scene.act({ tree: treeOf(EDIT) }))).toBe('not_found');
    scene.dryRun = () => {
      throw new Error('a bug');
    };
    await expect(scene.act({ tree: treeOf(EDIT) })).rejects.toThrow('a bug');
  });

  it('waits for a tool that cannot be reached, unless a model can choose another one', async () => {
    const scene = new Scene();
    scene.dryRun = () => {
      throw new AssentError('overloaded', 'The server cannot be reached.', { attempted: false });
    };
    await expect(scene.act({ tree: treeOf(EDIT) })).rejects.toThrow('cannot be reached');
    expect(outcomeOf(await scene.act({ tree: treeOf(EDIT) }, true))).toBe('overloaded');
  });

  it('asks a question that can change the choice, and finishes without one that cannot', async () => {
    const question: Partial<Action> = { id: 'ask', kind: 'ask', label: 'Which?' };
    const tree = (evsi: number) => ({
      ...treeOf(question),
      diagnostics: { questions: [{ actionId: 'ask', evsi, assumptionIds: [] }] } as never,
    });
    expect((await new Scene().act({ tree: tree(0.2) })).next.kind).toBe('questioned');
    expect(outcomeOf(await new Scene().act({ tree: tree(0) }))).toBe('finished');
    expect((await new Scene().act({ tree: tree(0) }, true)).next.kind).toBe('questioned');
  });
});

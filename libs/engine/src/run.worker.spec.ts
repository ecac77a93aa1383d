import pino from 'pino';
import { AssentError, type NewFrame, type Phase } from '@assent/contract';
import type { RunChange, RunHead } from '@assent/runs';
import { RunFailures } from './run.failures';
import { RunWorker } from './run.worker';
import { Postponed, type PhaseResult, type RunPhase } from './step/phase';
import { transition, type StepEvent } from './step/run.machine';
import type { StepContext } from './step/step.context';
import { StepExecutor } from './step.executor';
import { FakeStore, callOf, diffOf, runOf, treeOf } from './testing/fakes';

const BROKEN = Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });

const framed = (type: string): NewFrame => ({ type, step: 1, body: {} }) as unknown as NewFrame;
const resultOf = (next: PhaseResult['next'], rest: Partial<PhaseResult> = {}): PhaseResult => ({
  frames: [framed(next.kind)],
  writes: [],
  next,
  carry: {},
  ...rest,
});
const CONCLUDED = resultOf({ kind: 'concluded', outcome: { kind: 'error', error: { reason: 'x', message: 'x' } } });

/** A worker with fake phases and commits. `log` records the events in order. */
class Scene {
  readonly log: string[] = [];
  readonly commits: RunChange[] = [];
  /** Result of each of the next commits; null: success. */
  readonly failures: (Error | null)[] = [];
  readonly missed: Date[] = [];
  readonly abort = new AbortController();
  run: RunHead = runOf();
  private readonly phases: Partial<Record<Phase, RunPhase>> = {};
  private next: StepEvent | null = null;

  phase(name: Phase, run: (context: StepContext) => PhaseResult, prepare?: RunPhase['prepare']): this {
    this.phases[name] = {
      ...(prepare && { prepare }),
      run: (context) => {
        this.log.push(name);
        return new Promise((resolve) => {
          const result = run(context);
          this.next = result.next;
          resolve(result);
        });
      },
    };
    return this;
  }

  async work(run: RunHead = this.run): Promise<string[]> {
    this.run = run;
    const metrics = {
      phaseSeconds: { startTimer: () => () => undefined },
      lost: { inc: () => this.log.push('lost') },
      putOff: { inc: () => this.log.push('postponed') },
      abandoned: { inc: () => this.log.push('given up') },
      committed: () => undefined,
    };
    const commits = {
      commit: (change: RunChange) => this.commit(change),
      commitUnderLocks: async (_lease: object, locks: readonly bigint[], work: () => Promise<RunChange>) => {
        this.log.push(`lock ${locks.join()}`);
        return this.commit(await work());
      },
    };
    const steps = new StepExecutor(this.phases as never, new FakeStore().contexts, commits as never, metrics as never);
    const voids = { approved: () => Promise.resolve({ frames: [], writes: [] }) };
    const worker = new RunWorker(
      steps,
      { findHead: () => Promise.resolve(this.run) } as never,
      { apply: (_run: RunHead, since: Date) => Promise.resolve(this.missed.push(since)) } as never,
      new RunFailures(commits as never, voids as never, metrics as never),
      pino({ level: 'silent' }),
    );
    await worker.work(run, { goal: 'fix it' }, this.abort.signal);
    return this.log;
  }

  get frames(): string[][] {
    return this.commits.map(({ frames }) => frames.map(({ type }) => type as string));
  }

  private commit(change: RunChange): Promise<RunHead> {
    const failure = this.failures.shift() ?? null;
    this.log.push(failure ? 'commit failed' : 'commit');
    if (failure) return Promise.reject(failure);
    this.commits.push(change);
    // A commit without a preceding phase releases the run.
    const patch = this.next ? transition(this.run.step, this.next) : { state: 'queued' as const };
    this.next = null;
    this.run = { ...this.run, ...patch, seq: this.run.seq + 1 };
    return Promise.resolve(this.run);
  }
}

const LOCKS = { locks: [7n], carry: {} };
const dispatched = () => resultOf({ kind: 'dispatched' }, { carry: { diff: { ...APPLYING, dispatchedHere: true } } });
const APPLYING = diffOf({ state: 'applying' });

describe('the worker', () => {
  it('commits what several phases want in one statement, and only when one of them must be durable', async () => {
    const scene = new Scene()
      .phase('plan', () => resultOf({ kind: 'planned' }))
      .phase('act', () => resultOf({ kind: 'drafted' }))
      .phase('approve', () => resultOf({ kind: 'asked' }));
    await expect(scene.work()).resolves.toEqual(['plan', 'act', 'approve', 'commit']);
    expect(scene.frames).toEqual([['planned', 'drafted', 'asked']]);
  });

  it('hands what a phase carries to the phases after it, past a commit, until the step ends', async () => {
    const seen: unknown[] = [];
    const tree = treeOf({ id: 'fix' });
    const scene = new Scene()
      .phase('plan', ({ run, carry }) => {
        seen.push(carry.tree);
        return run.step === 1 ? resultOf({ kind: 'planned' }, { carry: { tree } }) : CONCLUDED;
      })
      .phase('act', ({ carry }) => {
        seen.push(carry.tree);
        return carry.call
          ? resultOf({ kind: 'ended' })
          : resultOf({ kind: 'called', phase: 'act' }, { carry: { call: callOf() } });
      })
      .phase('observe', ({ carry }) => {
        seen.push(carry.tree);
        return resultOf({ kind: 'observed' });
      });
    await scene.work();
    expect(seen).toEqual([undefined, tree, tree, tree, undefined]);
  });

  it('runs an effect between the locks of its targets and the commit', async () => {
    const scene = new Scene()
      .phase(
        'apply',
        () => resultOf({ kind: 'ended' }),
        () => Promise.resolve(LOCKS),
      )
      .phase('observe', () => CONCLUDED);
    await expect(scene.work(runOf({ phase: 'apply' }))).resolves.toEqual(['lock 7', 'apply', 'observe', 'commit']);
  });

  it('keeps the answer of an effect until it is committed, and does not repeat the effect', async () => {
    const scene = new Scene()
      .phase(
        'apply',
        () => resultOf({ kind: 'ended' }),
        () => Promise.resolve(LOCKS),
      )
      .phase('observe', () => CONCLUDED);
    scene.failures.push(BROKEN, BROKEN);
    const log = await scene.work(runOf({ phase: 'apply' }));
    expect(log).toEqual(['lock 7', 'apply', 'observe', 'commit failed', 'commit failed', 'commit']);
  });

  it('begins no effect when the commit of its dispatch has failed', async () => {
    const states: (string | undefined)[] = [];
    const prepare: RunPhase['prepare'] = ({ carry: { diff = diffOf({ state: 'approved' }) } }) =>
      Promise.resolve({ locks: diff.state === 'applying' ? [7n] : null, carry: { diff } });
    const scene = new Scene()
      .phase(
        'apply',
        ({ carry: { diff } }) => {
          states.push(diff?.state);
          return diff?.state === 'approved' ? dispatched() : resultOf({ kind: 'ended' });
        },
        prepare,
      )
      .phase('observe', () => CONCLUDED);
    scene.failures.push(BROKEN);
    await scene.work(runOf({ phase: 'apply' }));
    expect(states).toEqual(['approved', 'approved', 'applying']);
  });

  it('knows after a failed attempt that its effect may have begun', async () => {
    const first: (boolean | undefined)[] = [];
    const scene = new Scene()
      .phase(
        'apply',
        ({ carry: { diff } }) => {
          if (diff?.state !== 'applying') return dispatched();
          first.push(diff.dispatchedHere);
          if (first.length === 1) throw BROKEN;
          return resultOf({ kind: 'ended' });
        },
        ({ carry: { diff = APPLYING } }) => Promise.resolve({ locks: [7n], carry: { diff } }),
      )
      .phase('observe', () => CONCLUDED);
    scene.run = runOf({ phase: 'apply' });
    await scene.work();
    expect(first).toEqual([undefined, undefined]);
  });

  it('starts again from the row when a commit succeeded and its answer was lost', async () => {
    const scene = new Scene().phase('plan', () => CONCLUDED);
    scene.failures.push(BROKEN);
    const work = scene.work();
    // The run has ended elsewhere in the meantime.
    scene.run = { ...scene.run, state: 'completed', seq: 2 };
    await expect(work).resolves.toEqual(['plan', 'commit failed']);
  });

  it('applies what was resolved during the plan when the answer to the commit that waits was lost', async () => {
    const scene = new Scene().phase('plan', () => CONCLUDED);
    scene.failures.push(BROKEN);
    const work = scene.work();
    const { updatedAt } = scene.run;
    scene.run = { ...scene.run, state: 'waiting', seq: 2 };
    await work;
    expect(scene.missed).toEqual([updatedAt]);
  });

  it('fails a run whose phase fails for good', async () => {
    const scene = new Scene().phase('plan', () => {
      throw new AssentError('model_failed', 'The model does not answer.');
    });
    await expect(scene.work()).resolves.toEqual(['plan', 'given up', 'commit']);
    expect(scene.frames).toEqual([['run.failed']]);
  });

  it('never gives up an effect that may have begun: it is retried, then postponed', async () => {
    const scene = new Scene().phase(
      'apply',
      () => {
        throw new AssentError('disk_unavailable', 'The disk is full.');
      },
      () => Promise.resolve({ locks: [7n], carry: { diff: APPLYING } }),
    );
    const log = await scene.work(runOf({ phase: 'apply', attempts: 1 }));
    expect(log).toEqual(['lock 7', 'apply', 'postponed', 'commit']);
  });

  it('fails an approved diff that cannot be dispatched', async () => {
    const scene = new Scene().phase(
      'apply',
      () => {
        throw new Error('a bug');
      },
      () => Promise.resolve({ locks: null, carry: { diff: diffOf({ state: 'approved' }) } }),
    );
    await expect(scene.work(runOf({ phase: 'apply' }))).resolves.toEqual(['apply', 'given up', 'commit']);
  });

  it('postpones an approved diff whose dispatch the database refuses to record', async () => {
    const scene = new Scene().phase('apply', dispatched, () =>
      Promise.resolve({ locks: null, carry: { diff: diffOf({ state: 'approved' }) } }),
    );
    scene.failures.push(new Error('no audit'));
    const log = await scene.work(runOf({ phase: 'apply', attempts: 1 }));
    expect(log).toEqual(['apply', 'commit failed', 'postponed', 'commit']);
  });

  it('gives a claim back with the run when its phase is postponed', async () => {
    const write = { name: 'claim given back' } as never;
    const scene = new Scene().phase('apply', () => {
      throw new Postponed(new AssentError('overloaded', 'The server cannot be reached.'), [write]);
    });
    await expect(scene.work(runOf({ phase: 'apply' }))).resolves.toEqual(['apply', 'postponed', 'commit']);
    expect(scene.commits[0]?.writes).toEqual([write]);
  });

  it('writes nothing more when the run is taken from it', async () => {
    const scene = new Scene().phase('plan', () => {
      scene.abort.abort();
      throw new Error('aborted');
    });
    await expect(scene.work()).resolves.toEqual(['plan', 'lost']);
  });

  it('fails a run that stops every replica, but postpones one whose effect may be half done', async () => {
    await expect(new Scene().work(runOf({ takeovers: 10 }))).resolves.toEqual(['given up', 'commit']);
    const halfDone = runOf({ takeovers: 10, phase: 'apply' });
    await expect(new Scene().work(halfDone)).resolves.toEqual(['postponed', 'commit']);
  });

  it('applies what was resolved during the plan when the run begins to wait', async () => {
    const plannedSince = new Date();
    const scene = new Scene()
      .phase('plan', () => resultOf({ kind: 'planned' }, { carry: { plannedSince } }))
      .phase('act', () => resultOf({ kind: 'questioned' }));
    await scene.work();
    expect(scene.missed).toEqual([plannedSince]);
  });
});

import pino from 'pino';
import { AssentError, type ResolutionSource } from '@assent/contract';
import type { UnspreadResolution } from '@assent/planner';
import { FakeCommits, runOf } from '../testing/fakes';
import { MissedResolutions } from './missed.resolutions';
import { RefutationService } from './refutation.service';
import { RefutationSweep } from './refutation.sweep';
import type { Consequence, Finding } from './waiting.runs';

const LOG = pino({ level: 'silent' });
const WRITE = { id: 'write', kind: 'tool', label: 'Write', tool: 'file.write' };
const STOP = { id: 'stop', kind: 'finish', label: 'Stop' };
const FINDING: Finding = {
  key: 'disk full',
  keyTruth: false,
  source: 'refutation',
  actor: 'ann',
  how: 'observed',
  from: 'another-run',
  byModel: false,
};

function consequenceOf(waitingFor: string, changes: Partial<Consequence> = {}): Consequence {
  return {
    run: { ...runOf(), state: 'waiting', waitingFor },
    assumption: { id: 'full', text: 'the disk is full' },
    resolution: { assumptionId: 'full', truth: false, step: 1, key: 'disk full', keyTruth: false, how: 'observed' },
    refutes: true,
    action: WRITE,
    next: STOP,
    frames: [{ type: 'tree.rescored', step: 1, body: {} }],
    ...changes,
  } as unknown as Consequence;
}

/** The service over one waiting run. */
class Scene {
  readonly store = new FakeCommits();
  consequence: Consequence | null = consequenceOf('approval');
  approval: { state: string } | undefined = { state: 'pending' };
  /** Result of the question voider; null: the run asks about something else. */
  question: boolean | null = true;
  readonly voided: { reason: string; actor: string; writes: readonly unknown[] }[] = [];
  readonly service = new RefutationService(
    { consider: () => Promise.resolve(this.consequence) } as never,
    { findOfStep: () => Promise.resolve(this.approval) } as never,
    {
      void: (_approval: object, cause: (typeof this.voided)[number]) => {
        this.voided.push(cause);
        return Promise.resolve(this.store.wins ? runOf() : null);
      },
    } as never,
    { void: () => Promise.resolve(this.question) } as never,
    this.store.commits as never,
  );

  apply(finding: Partial<Finding> = {}): Promise<boolean> {
    return this.service.apply('tenant', 'run', { ...FINDING, ...finding });
  }
}

describe('a finding for a waiting run', () => {
  it('voids an approval whose choice it refutes, and says what changed', async () => {
    const scene = new Scene();
    expect(await scene.apply()).toBe(true);
    expect(scene.voided).toMatchObject([
      {
        reason: 'What is known now changes the choice from "Write" to "Stop": "the disk is full" is false (ann).',
        actor: 'ann',
      },
    ]);
    expect(scene.store.made).toEqual([]);
  });

  it('names the refuted ground when no other action replaces the chosen one', async () => {
    const scene = new Scene();
    scene.consequence = consequenceOf('approval', { next: WRITE as never });
    await scene.apply();
    expect(scene.voided[0]?.reason).toBe(
      'The choice rests on the opposite of what is known now: "the disk is full" is false (ann).',
    );
  });

  it('changes nothing when the approval was decided first', async () => {
    const scene = new Scene();
    scene.store.wins = false;
    expect(await scene.apply()).toBe(false);
    scene.approval = { state: 'approved' };
    expect(await scene.apply()).toBe(false);
    expect(scene.voided).toHaveLength(1);
  });

  it('only adds its frames when the choice still holds', async () => {
    const scene = new Scene();
    scene.consequence = consequenceOf('approval', { refutes: false });
    expect(await scene.apply()).toBe(true);
    expect([scene.voided, scene.store.frames]).toEqual([[], [['tree.rescored', {}]]]);
    scene.store.wins = false;
    expect(await scene.apply()).toBe(false);
  });

  it('answers a question of the run', async () => {
    const scene = new Scene();
    scene.consequence = consequenceOf('input');
    expect(await scene.apply()).toBe(true);
    scene.question = false;
    expect(await scene.apply()).toBe(false);
    expect(scene.store.made).toEqual([]);
    scene.question = null;
    expect(await scene.apply()).toBe(true);
    expect(scene.store.frames).toEqual([['tree.rescored', {}]]);
  });

  it("does not answer a person's question when a model observed it", async () => {
    const scene = new Scene();
    scene.consequence = consequenceOf('input');
    expect(await scene.apply({ byModel: true })).toBe(false);
    expect(scene.store.made).toEqual([]);
  });

  it('changes nothing for a run that it does not concern', async () => {
    const scene = new Scene();
    scene.consequence = null;
    expect(await scene.apply()).toBe(false);
    expect(scene.store.made).toEqual([]);
  });
});

const UNSPREAD: UnspreadResolution = {
  runId: 'run',
  assumptionId: 'full',
  tenantId: 'tenant',
  workspace: 'example',
  key: 'disk full',
  keyTruth: false,
  actor: 'ann',
  source: 'answer',
  how: 'observed',
};

type Handle = (resolution: UnspreadResolution) => Promise<boolean>;

/** The sweep. The test passes due items to its handler. */
class SweepScene {
  readonly applied: (readonly [string, Finding])[] = [];
  readonly marked: UnspreadResolution[] = [];
  failures = new Map<string, Error>();
  private handle: Handle = () => Promise.resolve(false);

  constructor() {
    new RefutationSweep(
      { markSpread: (resolution: UnspreadResolution) => Promise.resolve(this.marked.push(resolution)) } as never,
      { waitingOn: () => Promise.resolve(['run', 'other', 'third']) } as never,
      {
        apply: (_tenant: string, runId: string, finding: Finding) => {
          const failure = this.failures.get(runId);
          if (failure) return Promise.reject(failure);
          this.applied.push([runId, finding]);
          return Promise.resolve(true);
        },
      } as never,
      {
        items: ({ handle }: { handle: Handle }) => {
          this.handle = handle;
          return { wake: () => undefined };
        },
      } as never,
      LOG,
    );
  }

  spread(source: ResolutionSource = 'answer'): Promise<boolean> {
    return this.handle({ ...UNSPREAD, source });
  }
}

describe('the sweep over resolutions', () => {
  it('applies a resolution to every other waiting run, and marks it as spread', async () => {
    const scene = new SweepScene();
    expect(await scene.spread()).toBe(true);
    expect(scene.applied.map(([runId]) => runId)).toEqual(['other', 'third']);
    expect(scene.applied[0]?.[1]).toEqual({ ...FINDING, from: 'run' });
    expect(scene.marked).toHaveLength(1);
  });

  it('says when a model observed it', async () => {
    const scene = new SweepScene();
    await scene.spread('observation');
    expect(scene.applied.map(([, { byModel }]) => byModel)).toEqual([true, true]);
  });

  it('attempts every run before it retries a transient failure', async () => {
    const scene = new SweepScene();
    scene.failures.set('other', Object.assign(new Error('away'), { code: 'ECONNRESET', syscall: 'read' }));
    await expect(scene.spread()).rejects.toThrow('away');
    expect(scene.applied.map(([runId]) => runId)).toEqual(['third']);
    expect(scene.marked).toEqual([]);
  });

  it('does not retry a permanent failure, which would fail again', async () => {
    const scene = new SweepScene();
    scene.failures.set('other', new AssentError('internal', 'broken tree'));
    expect(await scene.spread()).toBe(true);
    expect(scene.marked).toHaveLength(1);
  });
});

describe('resolutions that were committed while a run was being planned', () => {
  const missedBy = (source: ResolutionSource, runId: string, apply: (finding: Finding) => Promise<boolean>) =>
    new MissedResolutions(
      { resolvedMeanwhile: () => Promise.resolve(new Map([['run', [{ ...UNSPREAD, source, runId }]]])) } as never,
      { apply: (_tenant: string, _run: string, finding: Finding) => apply(finding) } as never,
    ).apply(runOf(), new Date(0), LOG);

  it.each([
    ['of another run', 'another-run', 'refutation'],
    ['of its own', 'run', 'answer'],
  ])('are applied when it begins to wait: one %s', async (_, runId, source) => {
    const findings: Finding[] = [];
    await missedBy('answer', runId, (finding) => Promise.resolve(findings.push(finding) > 0));
    expect(findings).toEqual([{ ...FINDING, from: runId, source }]);
  });

  it('are read together for runs of a tenant that begin to wait at the same time', async () => {
    const read: [string, string[]][] = [];
    const missed = new MissedResolutions(
      {
        resolvedMeanwhile: (tenantId: string, runs: readonly { id: string }[]) => {
          read.push([tenantId, runs.map(({ id }) => id)]);
          return Promise.resolve(new Map(runs.map(({ id }) => [id, [{ ...UNSPREAD, key: `of ${id}` }]])));
        },
      } as never,
      {
        apply: (_tenant: string, runId: string, { key }: Finding) => Promise.resolve(applied.push([runId, key])),
      } as never,
    );
    const applied: [string, string][] = [];
    const begin = (id: string, tenantId: string) => missed.apply(runOf({ id, tenantId }), new Date(0), LOG);
    await Promise.all([begin('a', 'acme'), begin('b', 'acme'), begin('c', 'globex')]);
    await begin('d', 'acme');
    expect(read).toEqual([
      ['acme', ['a', 'b']],
      ['globex', ['c']],
      ['acme', ['d']],
    ]);
    expect(applied).toEqual(['a', 'b', 'c', 'd'].map((id) => [id, `of ${id}`]));
  });

  it('never fail the run, whose plan is committed', async () => {
    await expect(missedBy('answer', 'run', () => Promise.reject(new Error('away')))).resolves.toBeUndefined();
  });
});

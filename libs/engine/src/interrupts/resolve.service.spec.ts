import { AssentError, type Principal } from '@assent/contract';
import type { StepAssumption } from '@assent/planner';
import { FULL, FakeCommits, FakeStore, callOf, runOf } from '../testing/fakes';
import { ClientCaller } from './client.caller';
import { PendingRequests } from './pending.requests';
import { ResolveService } from './resolve.service';
import { RunAssumptions } from './run.assumptions';

const ANN = { tenantId: 'tenant', subject: 'ann' } as Principal;
const rowOf = (truth: boolean | null, step = 1): StepAssumption =>
  ({ step, truth, how: null, assumption: FULL }) as unknown as StepAssumption;

/** The service over one run whose tree has one assumption. */
class Scene {
  readonly store = new FakeCommits();
  /** The assumption returned by each read; the last entry repeats. */
  rows: StepAssumption[] = [rowOf(null), rowOf(true)];
  /** Whether a waiting run accepted the finding. */
  applied = false;
  head: object | undefined = runOf({ state: 'completed' });
  wakes = 0;
  readonly service = new ResolveService(
    { assumptions: () => Promise.resolve(this.next()) } as never,
    { findHead: () => Promise.resolve(this.head) } as never,
    this.store.commits as never,
    { apply: () => Promise.resolve(this.applied) } as never,
    { wake: () => (this.wakes += 1) } as never,
  );

  private next(): StepAssumption[] {
    const row = this.rows.length > 1 ? this.rows.shift() : this.rows[0];
    return row ? [row] : [];
  }

  resolve(truth = true) {
    return this.service.resolve(ANN, { runId: 'run', assumptionId: 'full', truth });
  }
}

describe('assumption/resolve', () => {
  it('records the truth for a run that does not wait, and spreads it', async () => {
    const scene = new Scene();
    expect(await scene.resolve()).toEqual({ runId: 'run', assumptionId: 'full', truth: true, state: 'completed' });
    expect(scene.store.frames).toEqual([
      ['assumption.resolved', { assumptionId: 'full', truth: true, source: 'assumption/resolve', actor: 'ann' }],
    ]);
    expect(scene.wakes).toBe(1);
  });

  it('leaves a waiting run to its refutation', async () => {
    const scene = new Scene();
    scene.applied = true;
    await scene.resolve();
    expect([scene.store.made, scene.wakes]).toEqual([[], 1]);
  });

  it('gives the same answer again, and refuses the opposite', async () => {
    const scene = new Scene();
    scene.rows = [rowOf(true)];
    expect(await scene.resolve()).toMatchObject({ truth: true });
    await expect(scene.resolve(false)).rejects.toMatchObject({ reason: 'conflict', details: { truth: true } });
    expect(scene.store.made).toEqual([]);
  });

  it('gives up on a run that keeps changing, and asks for a retry', async () => {
    const scene = new Scene();
    scene.rows = [rowOf(null)];
    scene.store.wins = false;
    await expect(scene.resolve()).rejects.toMatchObject({ reason: 'in_flight' });
    expect([scene.store.made.length, scene.wakes]).toEqual([5, 0]);
  });

  it('distinguishes an unknown run from an unknown assumption', async () => {
    const scene = new Scene();
    scene.rows = [];
    await expect(scene.resolve()).rejects.toMatchObject({ reason: 'not_found', message: /no assumption "full"/ });
    scene.head = undefined;
    await expect(scene.resolve()).rejects.toMatchObject({ reason: 'not_found', message: /no run run/ });
  });
});

describe('the resolutions in a verdict', () => {
  const read = (rows: readonly StepAssumption[], resolved: readonly { assumptionId: string; truth: boolean }[]) =>
    new RunAssumptions({ assumptions: () => Promise.resolve(rows) } as never, {} as never).read(
      'tenant',
      'run',
      resolved,
    );
  const full = (truth: boolean) => ({ assumptionId: 'full', truth });

  it('are those that are new, each once, with the belief of the newest tree', async () => {
    expect(await read([rowOf(null, 1), rowOf(null, 2)], [full(true), full(true)])).toMatchObject([
      { assumptionId: 'full', truth: true, step: 2, key: 'disk full', keyTruth: true, p: 0.3 },
    ]);
    expect(await read([rowOf(true)], [full(true)])).toEqual([]);
  });

  it.each([
    ['an unknown assumption', [], [full(true)], 'invalid', 0],
    ['both truths', [rowOf(null)], [full(true), full(false)], 'invalid', 1],
    ['the opposite of an earlier resolution', [rowOf(true)], [full(false)], 'conflict', 0],
  ] as const)('refuse %s', async (_, rows, resolved, reason, index) => {
    const thrown: unknown = await read(rows, resolved).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(AssentError);
    expect(thrown).toMatchObject({ reason, details: { pointer: `/resolved/${index}/assumptionId` } });
  });
});

describe('requests to clients', () => {
  it('ask for a call with its key and deadline, and let the run wait', () => {
    const caller = new ClientCaller({ env: { CLIENT_TOOL_SECONDS: 60 } } as never);
    const context = new FakeStore().context(runOf());
    const { frames, next, writes } = caller.call(context, callOf(), { name: 'client.look' } as never, 'diff');
    expect(frames).toMatchObject([
      { type: 'tool.started', body: { callId: 'call', tool: 'file.edit' } },
      {
        type: 'request',
        body: { method: 'tool/call', params: { args: { path: 'a.txt' }, idempotencyKey: context.idempotencyKey } },
      },
      { type: 'run.waiting', body: { for: 'client_tool' } },
    ]);
    expect([next.kind, writes.length]).toEqual(['called_client', 1]);
  });

  it('are listed by run, of every kind', async () => {
    const of = (...entries: [string, string][]) => ({
      pendingRequests: () => Promise.resolve(new Map(entries.map(([runId, id]) => [runId, [{ id }]]))),
    });
    const pending = new PendingRequests(of(['a', '1']) as never, of(['b', '2']) as never, of(['a', '3']) as never);
    expect(await pending.of(['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', [{ id: '1' }, { id: '3' }]],
        ['b', [{ id: '2' }]],
      ]),
    );
  });
});

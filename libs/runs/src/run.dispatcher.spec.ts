import type { Config } from '@assent/platform';
import type { StartParams } from '@assent/contract';
import { RunDispatcher, RunExecutor, type LeaseClaim } from './run.dispatcher';
import type { RunNotifier } from './run.notifier';
import type { RunHead } from './run.record';

const CLAIM: LeaseClaim = { owner: 'this-replica', seconds: 12 };
const PARAMS = { goal: 'Repair the service' } as StartParams;

const runIn = (state: RunHead['state']) => ({ id: 'run', state }) as RunHead;

class FakeExecutor extends RunExecutor {
  readonly accepted: unknown[] = [];
  reserved = 0;
  capacity = 1;

  reserve(): boolean {
    if (this.capacity === 0) return false;
    this.reserved += 1;
    return true;
  }

  release(): void {
    this.reserved -= 1;
  }

  accept(...given: unknown[]): void {
    this.accepted.push(given);
  }
}

describe('RunDispatcher', () => {
  let executor: FakeExecutor;
  let notifier: { wakes: number; wake(): void };
  let dispatcher: RunDispatcher;

  beforeEach(() => {
    executor = new FakeExecutor();
    notifier = { wakes: 0, wake: () => void (notifier.wakes += 1) };
    const config: unknown = { replicaId: CLAIM.owner, env: { LEASE_SECONDS: CLAIM.seconds } };
    dispatcher = new RunDispatcher(config as Config, notifier as unknown as RunNotifier, executor);
  });

  it('commits with a claim when there is capacity, and the executor goes on with the run', async () => {
    const run = runIn('running');
    const claims: (LeaseClaim | null)[] = [];
    expect(await dispatcher.commit((claim) => Promise.resolve((claims.push(claim), run)), PARAMS)).toBe(run);
    expect(claims).toEqual([CLAIM]);
    expect(executor.accepted).toEqual([[run, PARAMS]]);
    expect(notifier.wakes).toBe(0);
  });

  it('counts the capacity as reserved until the commit is over, however it ends', async () => {
    const seen: number[] = [];
    const look = () => void seen.push(executor.reserved);
    await Promise.all([1, 2].map(() => dispatcher.commit(() => Promise.resolve((look(), null)))));
    await expect(
      dispatcher.commit(() => Promise.reject(new Error('the database cannot be reached'))),
    ).rejects.toThrow();
    expect([seen, executor.reserved]).toEqual([[1, 2], 0]);
  });

  it('leaves the run to the queue when there is no capacity, and wakes other replicas', async () => {
    executor.capacity = 0;
    const claims: (LeaseClaim | null)[] = [];
    await dispatcher.commit((claim) => Promise.resolve((claims.push(claim), runIn('queued'))));
    expect([claims, executor.reserved, executor.accepted, notifier.wakes]).toEqual([[null], 0, [], 1]);
  });

  it.each([['waiting'], ['completed'], ['failed'], ['cancelled']] as const)(
    'leaves a run alone that is %s after the commit',
    async (state) => {
      await dispatcher.commit(() => Promise.resolve(runIn(state)));
      expect([executor.accepted, notifier.wakes]).toEqual([[], 0]);
    },
  );

  it('does nothing for a commit that changed no run', async () => {
    expect(await dispatcher.commit(() => Promise.resolve(null))).toBeNull();
    expect([executor.accepted, notifier.wakes]).toEqual([[], 0]);
  });
});

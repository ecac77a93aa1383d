import type { Log } from '@assent/platform';
import { AssentError } from '@assent/contract';
import type { FrameStreams, RunNotifier } from '@assent/runs';
import type { ApprovalRepository, AwaitedApproval } from './approval.repository';
import { ApprovalWaits } from './approval.waits';

const TENANT = 'acme';
const ID = 'a1';
const NEVER_MS = 3_600_000;

type Listener = (ids: readonly string[]) => void;

class FakeNotifier {
  approval: Listener = () => undefined;
  run: Listener = () => undefined;

  onApproval(listener: Listener): void {
    this.approval = listener;
  }

  onChange(listener: Listener): void {
    this.run = listener;
  }
}

class FakeApprovals {
  readonly rows = new Map<string, AwaitedApproval>();
  readonly reads: (readonly string[])[] = [];
  failure: Error | null = null;

  set(change: Partial<AwaitedApproval> = {}): void {
    const id = change.id ?? ID;
    const known = this.rows.get(id);
    this.rows.set(id, {
      id,
      tenantId: TENANT,
      runId: null,
      state: 'pending',
      hash: 'h1',
      questions: 0,
      isServing: false,
      ...known,
      ...change,
    });
  }

  awaited(ids: readonly string[]): Promise<AwaitedApproval[]> {
    this.reads.push(ids);
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(ids.flatMap((id) => this.rows.get(id) ?? []));
  }
}

class FakeStreams {
  open = 0;

  constructor(private readonly limit: number) {}

  requireCapacity(): void {
    if (this.open >= this.limit) throw new AssentError('overloaded', 'This replica serves too many streams.');
  }

  hold(): () => void {
    this.requireCapacity();
    this.open += 1;
    return () => void (this.open -= 1);
  }
}

describe('ApprovalWaits', () => {
  let approvals: FakeApprovals;
  let notifier: FakeNotifier;
  let streams: FakeStreams;
  let waits: ApprovalWaits;
  let client: AbortController;
  const log = { warn: () => undefined } as unknown as Log;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    [approvals, notifier, streams] = [new FakeApprovals(), new FakeNotifier(), new FakeStreams(2)];
    client = new AbortController();
    waits = new ApprovalWaits(
      approvals as unknown as ApprovalRepository,
      notifier as unknown as RunNotifier,
      streams as unknown as FrameStreams,
      log,
    );
    waits.onModuleInit();
    approvals.set();
  });
  afterEach(() => {
    waits.beforeApplicationShutdown();
    jest.useRealTimers();
  });

  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const wait = (approvalId = ID, hash?: string, withinMs = NEVER_MS) =>
    waits.wait(
      { tenantId: TENANT, approvalId, ...(hash !== undefined && { hash }) },
      { withinMs, signal: client.signal },
    );

  it.each(['approved', 'rejected', 'expired', 'cancelled', 'voided'] as const)(
    'ends when the notified approval is %s',
    async (state) => {
      const waiting = wait();
      await settled();
      approvals.set({ state });
      notifier.approval([ID]);
      expect(await waiting).toBe(state);
      expect(streams.open).toBe(0);
    },
  );

  it('answers at once when the approval has ended before', async () => {
    approvals.set({ state: 'rejected' });
    expect(await wait()).toBe('rejected');
  });

  it('ends when the run of the approval changes, with which it is cancelled', async () => {
    approvals.set({ runId: 'r1' });
    const waiting = wait();
    await settled();
    approvals.set({ state: 'cancelled' });
    notifier.run(['r1']);
    expect(await waiting).toBe('cancelled');
  });

  it('reads neither without a notification nor for other approvals', async () => {
    const waiting = wait();
    await settled();
    const before = approvals.reads.length;
    notifier.approval(['a2']);
    notifier.run(['r2']);
    await settled();
    expect(approvals.reads).toHaveLength(before);
    client.abort();
    await waiting;
  });

  it('goes on after a vote, and ends as revised only for a wait that names the hash', async () => {
    const [any, exact] = [wait(), wait(ID, 'h1')];
    await settled();
    notifier.approval([ID]);
    await settled();
    approvals.set({ hash: 'h2' });
    notifier.approval([ID]);
    expect(await exact).toBe('revised');
    approvals.set({ state: 'approved' });
    notifier.approval([ID]);
    expect(await any).toBe('approved');
  });

  it('ends when a reviewer asks back, for a wait that takes questions', async () => {
    const [deaf, asking] = [
      wait(),
      waits.wait({ tenantId: TENANT, approvalId: ID, questions: 0 }, { withinMs: NEVER_MS, signal: client.signal }),
    ];
    await settled();
    approvals.set({ questions: 1 });
    notifier.approval([ID]);
    expect(await asking).toBe('questioned');
    client.abort();
    expect(await deaf).toBe('aborted');
  });

  it('goes on while an answer that allows is being written, for a wait that needs an unserved approval', async () => {
    approvals.set({ state: 'approved', isServing: true });
    expect(await wait()).toBe('approved');
    const unserved = { tenantId: TENANT, approvalId: ID, unserved: true };
    const [short, long] = [1_000, NEVER_MS].map((withinMs) =>
      waits.wait(unserved, { withinMs, signal: client.signal }),
    );
    jest.advanceTimersByTime(1_000);
    expect(await short).toBe('timeout');
    approvals.set({ isServing: false });
    notifier.approval([ID]);
    expect(await long).toBe('approved');
  });

  it('reads all awaited approvals in one statement when a notification was lost', async () => {
    approvals.set({ id: 'a2' });
    const waiting = [wait(), wait('a2')];
    await settled();
    approvals.reads.length = 0;
    approvals.set({ state: 'approved' });
    approvals.set({ id: 'a2', state: 'rejected' });
    jest.advanceTimersByTime(5_000);
    expect(await Promise.all(waiting)).toEqual(['approved', 'rejected']);
    expect(approvals.reads).toEqual([[ID, 'a2']]);
  });

  it('ends at its deadline, after a last read', async () => {
    const [pending, decided] = [wait(ID, undefined, 1_000), wait('a2', undefined, 1_000)];
    approvals.set({ id: 'a2' });
    await settled();
    approvals.set({ id: 'a2', state: 'approved' });
    jest.advanceTimersByTime(1_000);
    expect(await Promise.all([pending, decided])).toEqual(['timeout', 'approved']);
  });

  it('survives a database that cannot be reached, and still ends at its deadline', async () => {
    approvals.failure = new Error('connection lost');
    const [short, long] = [wait(ID, undefined, 1_000), wait()];
    await settled();
    jest.advanceTimersByTime(1_000);
    expect(await short).toBe('timeout');
    approvals.failure = null;
    approvals.set({ state: 'approved' });
    jest.advanceTimersByTime(5_000);
    expect(await long).toBe('approved');
  });

  it('ends when its client disconnects, and at once for a client that has already disconnected', async () => {
    const waiting = wait();
    await settled();
    client.abort();
    expect(await waiting).toBe('aborted');
    expect(await wait()).toBe('aborted');
    expect(streams.open).toBe(0);
  });

  it('refuses further waits at the limit of open streams', async () => {
    const waiting = [wait(), wait()];
    await expect(wait()).rejects.toThrow('too many streams');
    expect(() => {
      waits.requireCapacity();
    }).toThrow('too many streams');
    client.abort();
    await Promise.all(waiting);
    waits.requireCapacity();
    expect(streams.open).toBe(0);
  });

  it('ends its waits when the replica drains, and refuses new ones', async () => {
    const waiting = wait();
    await settled();
    waits.drain();
    expect(await waiting).toBe('draining');
    await expect(wait()).rejects.toThrow('shutting down');
    expect(() => {
      waits.requireCapacity();
    }).toThrow('shutting down');
  });

  it('does not find an approval of another tenant', async () => {
    approvals.set({ tenantId: 'other' });
    await expect(wait()).rejects.toThrow('There is no approval a1');
    expect(streams.open).toBe(0);
  });
});

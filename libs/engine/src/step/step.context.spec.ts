import { FakeStore, callOf, diffOf, newSession, runOf, treeOf } from '../testing/fakes';

const GIVEN = { id: 'fix', kind: 'tool' as const, label: 'Fix', tool: 'file.edit', args: { path: 'a.txt' } };

describe('a step context', () => {
  it('reads nothing before it is asked, and all rows together once', async () => {
    const store = new FakeStore();
    store.tree = treeOf(GIVEN);
    const context = store.context(runOf());
    expect(store.reads).toEqual([]);
    await Promise.all([context.params(), context.tree(), context.call(), context.diff(), context.approval()]);
    await context.diff();
    expect(store.reads).toEqual(['step']);
  });

  it('reads nothing that earlier phases carry', async () => {
    const store = new FakeStore();
    const carry = { tree: treeOf(GIVEN), call: callOf(), diff: diffOf() };
    const context = store.context(runOf(), carry);
    await expect(Promise.all([context.tree(), context.call(), context.diff()])).resolves.toEqual([
      carry.tree,
      carry.call,
      carry.diff,
    ]);
    expect(store.reads).toEqual([]);
  });

  it('has no call right after the plan, without asking the store', async () => {
    const store = new FakeStore();
    store.call = callOf();
    await expect(store.context(runOf(), { tree: treeOf(GIVEN) }).call()).resolves.toBeUndefined();
    expect(store.reads).toEqual([]);
  });

  it('has a stored call with the arguments of the tree, as its row has them redacted', async () => {
    const store = new FakeStore();
    store.tree = treeOf({ ...GIVEN, args: { path: 'a.txt', token: 'secret' } });
    store.call = callOf({ args: { path: 'a.txt', token: '[redacted]' } });
    await expect(store.context(runOf()).call()).resolves.toMatchObject({
      args: { token: 'secret' },
      revised: false,
    });
  });

  it('has a stored call with the arguments that a reviewer gave it', async () => {
    const store = new FakeStore();
    store.tree = treeOf(GIVEN);
    store.call = callOf();
    store.diff = diffOf({ args: { path: 'b.txt' }, isRevised: true });
    await expect(store.context(runOf()).call()).resolves.toMatchObject({ args: { path: 'b.txt' }, revised: true });
  });

  it('has a stored call with the arguments of the tree where a reviewer changed only the diff', async () => {
    const store = new FakeStore();
    store.tree = treeOf(GIVEN);
    store.call = callOf();
    store.diff = diffOf({ isRevised: true });
    await expect(store.context(runOf()).call()).resolves.toMatchObject({ args: GIVEN.args, revised: true });
  });

  it('reads the params of a run once, with its first step', async () => {
    const store = new FakeStore();
    const session = newSession();
    for (const step of [1, 2]) await store.contextIn(session, runOf({ step })).params();
    expect(store.reads).toEqual(['step']);
  });

  it('has one idempotency key for every attempt of a step, and another for the next step', () => {
    const keyOf = (step: number) => new FakeStore().context(runOf({ step })).idempotencyKey;
    expect([keyOf(1), keyOf(1), keyOf(2)]).toEqual(['run:1', 'run:1', 'run:2']);
  });

  it('counts from the last commit, independent of the clock of the machine', () => {
    const updatedAt = new Date('2000-01-01T00:00:00.000Z');
    const now = new FakeStore().context(runOf({ updatedAt })).now();
    expect(now - updatedAt.getTime()).toBeGreaterThanOrEqual(0);
    expect(now - updatedAt.getTime()).toBeLessThan(10_000);
  });

  it('calls on behalf of the requester', () => {
    const caller = new FakeStore().context(runOf({ modelPlanned: true })).caller(true);
    expect(caller).toEqual({
      tenantId: 'tenant',
      subject: 'ann',
      authority: null,
      tainted: true,
      plannedByModel: true,
      isGateway: false,
    });
    expect(new FakeStore().context(runOf({ origin: 'gateway' })).caller(true)).toMatchObject({ isGateway: true });
  });
});

describe('a call', () => {
  const taintOf = (call: object, actions = [GIVEN]) => {
    const store = new FakeStore();
    store.params = { goal: 'fix it', actions };
    return store.context(runOf()).isTainted(call);
  };

  it('that the caller gave word for word is not tainted', async () => {
    await expect(taintOf({ tool: 'file.edit', args: { path: 'a.txt' } })).resolves.toBe(false);
  });

  it.each([
    ['with other arguments', { tool: 'file.edit', args: { path: 'b.txt' } }],
    ['of another tool', { tool: 'file.delete', args: { path: 'a.txt' } }],
    ['that a reviewer changed', { tool: 'file.edit', args: { path: 'a.txt' }, revised: true }],
  ])('%s is tainted', async (_what, call) => {
    await expect(taintOf(call)).resolves.toBe(true);
  });

  it.each(['model', 'gateway'] as const)('of a run of origin %s is tainted, although it was given', async (origin) => {
    const store = new FakeStore();
    store.params = { goal: 'fix it', actions: [GIVEN] };
    const call = { tool: 'file.edit', args: { path: 'a.txt' } };
    await expect(store.context(runOf({ origin })).isTainted(call)).resolves.toBe(true);
  });

  it('is tainted in a run that was given no actions', async () => {
    await expect(taintOf({ tool: 'file.edit', args: {} }, [])).resolves.toBe(true);
  });
});

import type { MethodParams } from '@assent/contract';
import { Caller } from '../support/caller';
import { operatorKey } from '../support/operator';
import { decide, startPending, type Pending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

type Filter = MethodParams<'approval/list'>;

const SECRET = 'tGzv3JOkF0XG5Qx2TlKWIA7';

describe('a list of approvals', () => {
  let stage: Stage;
  let server: Replica;
  let bob: Caller;
  const pending = new Map<string, Pending>();

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ PUBLIC_URL: 'https://assent.example/' });
    bob = new Caller(
      server.process.url,
      (await operatorKey(stage, '--tenant=local', '--name=bob', '--scopes=all')).key,
    );
    const goals = {
      one: 'Raise 100% of the timeouts',
      two: 'raise the pool',
      hidden: `Authorization: Bearer ${SECRET}`,
    };
    for (const [name, goal] of Object.entries(goals)) {
      const caller = name === 'two' ? bob : server.developer;
      const content = name === 'hidden' ? 'a\u202eb' : 'x';
      pending.set(name, await startPending(caller, `list/${name}.txt`, content, { goal }));
    }
    await stage.sql.query(`update approvals set expires_at = now() + interval '1 hour' where id = $1`, [idOf('two')]);
  });
  afterAll(() => stage.close());

  const of = (name: string): Pending => {
    const found = pending.get(name);
    if (!found) throw new Error(`there is no approval ${name}`);
    return found;
  };
  const idOf = (name: string): string => of(name).approvalId;
  const listed = async (caller: Caller, filter: Filter): Promise<(string | undefined)[]> => {
    const names = new Map([...pending].map(([name, { approvalId }]) => [approvalId, name]));
    const { items } = await caller.call('approval/list', filter);
    return items.map(({ approvalId }) => names.get(approvalId));
  };

  it('says what the caller may do with each, and why not', async () => {
    const you = async (caller: Caller, name: string) =>
      (await caller.call('approval/get', { approvalId: idOf(name) })).you;
    expect(await you(server.reviewer, 'one')).toEqual({ mayDecide: true, reason: null });
    expect(await you(server.developer, 'one')).toEqual({
      mayDecide: false,
      reason: expect.stringContaining('lacks the scope approval:decide') as unknown,
    });
    expect(await you(bob, 'two')).toEqual({
      mayDecide: false,
      reason: expect.stringContaining('cannot decide it') as unknown,
    });
    const refused = await bob.fail('approval/decide', {
      approvalId: idOf('two'),
      hash: of('two').hash,
      decision: 'approve',
    });
    expect((await you(bob, 'two')).reason).toBe(refused.message);
  });

  it('has only what the caller may decide, or only the rest', async () => {
    expect(await listed(bob, { decidable: true })).toEqual(['one', 'hidden']);
    expect(await listed(bob, { decidable: false, state: 'pending' })).toEqual(['two']);
    expect(await listed(server.reviewer, { decidable: true })).toEqual(['one', 'two', 'hidden']);
    expect(await listed(server.developer, { decidable: true })).toEqual([]);
    const byRest = (await (await bob.fetch('/approvals?decidable=false&state=pending')).json()) as { items: unknown[] };
    expect(byRest.items).toHaveLength(1);
    expect((await bob.fetch('/approvals?decidable=maybe')).status).toBe(400);
  });

  it('finds texts as they are shown, in any case, and no secret by its parts', async () => {
    expect(await listed(server.reviewer, { q: 'RAISE' })).toEqual(['one', 'two']);
    expect(await listed(server.reviewer, { q: '100%' })).toEqual(['one']);
    expect(await listed(server.reviewer, { q: '1_0%' })).toEqual([]);
    expect(await listed(server.reviewer, { q: 'list/hidden' })).toEqual(['hidden']);
    const { goal } = await server.reviewer.call('approval/get', { approvalId: idOf('hidden') });
    expect(goal).not.toContain(SECRET.slice(0, 8));
    expect(await listed(server.reviewer, { q: SECRET.slice(0, 8) })).toEqual([]);
    expect(await listed(server.reviewer, { q: 'raise', decidable: true, limit: 1 })).toEqual(['one']);
  });

  it('filters by workspace and risk, as the count does', async () => {
    expect(await listed(server.reviewer, { risk: 'hidden' })).toEqual(['hidden']);
    expect(await listed(server.reviewer, { workspace: 'other' })).toEqual([]);
    expect((await server.reviewer.call('approval/count', { workspace: 'example', risk: 'hidden' })).total).toBe(1);
  });

  it('goes by creation or by expiry, page by page', async () => {
    expect(await listed(server.reviewer, {})).toEqual(['one', 'two', 'hidden']);
    expect(await listed(server.reviewer, { order: 'expires' })).toEqual(['two', 'one', 'hidden']);
    for (const filter of [{ order: 'expires' as const }, {}, { q: 'e', decidable: true }]) {
      const whole = await server.reviewer.call('approval/list', filter);
      const ids: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await server.reviewer.call('approval/list', {
          ...filter,
          limit: 1,
          ...(cursor ? { cursor } : {}),
        });
        ids.push(...page.items.map(({ approvalId }) => approvalId));
        ({ cursor } = page);
      }
      expect(ids).toEqual(whole.items.map(({ approvalId }) => approvalId));
    }
    const { data } = await server.reviewer.fail('approval/list', { order: 'expires', cursor: idOf('one') });
    expect(data['pointer']).toBe('/cursor');
  });

  it('has the address of the page to decide on, as the run, the inbox and the decision have', async () => {
    const { approvalId, runId, hash } = of('one');
    const reviewUrl = `https://assent.example/ui/approvals/${approvalId}?rev=${hash.slice(7, 19)}`;
    expect(await server.reviewer.call('approval/get', { approvalId })).toMatchObject({ reviewUrl });
    const run = await server.developer.call('run/get', { runId });
    expect(run.pending).toMatchObject([{ params: { approvalId, reviewUrl } }]);
    const { events } = await server.reviewer.call('approval/events', {});
    const goal = 'Raise 100% of the timeouts';
    expect(events[0]).toMatchObject({
      approvalId,
      reviewUrl,
      goal,
      risks: [],
      subject: 'diff',
      subjectId: of('one').diffId,
    });
    expect(events.map((event) => event.goal).join()).not.toContain(SECRET.slice(0, 8));
    const decided = await decide(server.reviewer, of('one'), 'reject');
    expect(await decided.json()).toMatchObject({ reviewUrl, you: { mayDecide: false } });
  });
});

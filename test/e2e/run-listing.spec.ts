import type { MethodParams } from '@assent/contract';
import { Caller } from '../support/caller';
import { seen } from '../support/frames';
import { operatorKey } from '../support/operator';
import { startPending } from '../support/pending';
import { readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const SECRET = 'tGzv3JOkF0XG5Qx2TlKWIA7';

describe('a list of runs', () => {
  let stage: Stage;
  let server: Replica;
  let betweenAt: string;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    const { key } = await operatorKey(stage, '--tenant=local', '--name=bob', '--scopes=all');
    const bob = new Caller(server.process.url, key);
    const done = await bob.call('start', readPlan('README.md', { goal: `Read: Authorization: Bearer ${SECRET}` }));
    await seen(bob, done.runId, 'run.completed');
    await bob.call('complete', { runId: done.runId, outcome: 'success' });
    betweenAt = new Date((await stage.rows<{ now: Date }>('select now()'))[0]?.now ?? 0).toISOString();
    const waiting = await startPending(server.developer, 'listed.txt', 'x', { goal: 'Raise 100% of the timeouts' });
    ids.set(done.runId, 'done').set(waiting.runId, 'waiting');
  });
  afterAll(() => stage.close());

  const listed = async (filter: MethodParams<'run/list'>) =>
    (await server.developer.call('run/list', filter)).items.map(({ runId }) => ids.get(runId));

  it.each<[MethodParams<'run/count'>, string[]]>([
    [{}, ['waiting', 'done']],
    [{ requester: 'bob' }, ['done']],
    [{ workspace: 'example' }, ['waiting', 'done']],
    [{ workspace: 'other' }, []],
    [{ outcome: 'success' }, ['done']],
    [{ waitingFor: 'approval' }, ['waiting']],
    [{ waitingFor: 'input' }, []],
    [{ state: 'completed', requester: 'developer' }, []],
  ])('filtered by %p has %p, and so does the count', async (filter, expected) => {
    expect(await listed(filter)).toEqual(expected);
    expect((await server.developer.call('run/count', filter)).total).toBe(expected.length);
  });

  it('goes by the time of the start, the end of it not included', async () => {
    expect(await listed({ to: betweenAt })).toEqual(['done']);
    expect(await listed({ from: betweenAt })).toEqual(['waiting']);
    const { items } = await server.developer.call('run/list', { from: betweenAt });
    const { createdAt = '' } = items[0] ?? {};
    expect([await listed({ from: createdAt, to: createdAt }), await listed({ from: createdAt })]).toEqual([
      [],
      ['waiting'],
    ]);
    const { data } = await server.developer.fail('run/list', { from: 'yesterday' });
    expect(data['pointer']).toBe('/from');
  });

  it('finds goals as they are shown, in any case, and no secret by its parts', async () => {
    expect(await listed({ q: 'RAISE 100%' })).toEqual(['waiting']);
    expect(await listed({ q: 'raise 1_0' })).toEqual([]);
    expect(await listed({ q: 'authorization' })).toEqual(['done']);
    expect(await listed({ q: SECRET.slice(0, 8) })).toEqual([]);
    const first = await server.developer.call('run/list', { q: 'r', limit: 1 });
    expect(first.items.map(({ runId }) => ids.get(runId))).toEqual(['waiting']);
    expect(await listed({ q: 'r', cursor: first.cursor ?? '' })).toEqual(['done']);
  });

  it('has what runs wait for, with its params only when asked', async () => {
    const pendingOf = async (query: string) => {
      const answer = await server.developer.fetch(`/runs?state=waiting${query}`);
      return ((await answer.json()) as { items: { pending: { method: string; params: object }[] }[] }).items[0]
        ?.pending;
    };
    expect(await pendingOf('')).toMatchObject([{ method: 'approval/request', params: {} }]);
    expect((await pendingOf(''))?.[0]?.params).toEqual({});
    expect(await pendingOf('&pendingParams=true')).toMatchObject([{ params: { tool: 'file.write' } }]);
  });

  it('has counts by state', async () => {
    const answer = await server.developer.fetch('/runs/count');
    expect(await answer.json()).toEqual({
      total: 2,
      states: { queued: 0, running: 0, waiting: 1, completed: 1, failed: 0, cancelled: 0 },
    });
  });
});

import type { MethodResult, PauseHint } from '@assent/contract';
import { Caller } from '../support/caller';
import { readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil } from '../support/frames';
import { operatorKey } from '../support/operator';
import { decide, startPending } from '../support/pending';
import { readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const REASON = 'The vendor reports an incident';

describe('a paused tenant', () => {
  let stage: Stage;
  let first: Replica;
  let second: Replica;
  let stranger: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    [first, second] = await Promise.all([stage.start(), stage.start()]);
    const { key } = await operatorKey(stage, '--tenant=acme', '--name=k', '--scopes=all');
    stranger = new Caller(first.process.url, key);
  });
  afterAll(() => stage.close());
  afterEach(() => first.developer.call('pause/clear', {}));

  const put = (body: unknown, by = first.developer) =>
    by.fetch('/pause', { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const runOf = (runId: string) => second.developer.call('run/get', { runId });

  it('is one that a principal with tool:admin has paused, for a reason; everybody sees it, and other tenants do not', async () => {
    expect((await put({ reason: REASON }, first.reviewer)).status).toBe(403);
    expect((await put({ reason: '' })).status).toBe(400);
    expect(await first.developer.call('server/info', {})).toMatchObject({ pause: null });
    const paused = (await (await put({ reason: REASON })).json()) as MethodResult<'pause/set'>;
    expect(paused).toEqual({
      reason: REASON,
      actor: 'developer',
      since: expect.any(String) as unknown,
      effectsInProgress: 0,
    });
    // A second person changes nothing.
    expect(await second.developer.call('pause/set', { reason: 'another' })).toEqual(paused);
    const { reason, actor, since } = paused;
    expect(await second.reviewer.call('server/info', {})).toMatchObject({ pause: { reason, actor, since } });
    expect(await stranger.call('server/info', {})).toMatchObject({ pause: null });
    const { runId } = await stranger.call('start', readPlan('README.md'));
    await framesUntil(stranger, runId, 'run.completed');
    await stranger.call('pause/clear', {});
    expect(await first.developer.call('server/info', {})).toMatchObject({ pause: { reason, actor, since } });
    for (const { developer } of [second, first]) await developer.call('pause/clear', {});
    expect(await first.developer.call('server/info', {})).toMatchObject({ pause: null });
    expect(
      await stage.rows(`select action, actor, subject_type, subject_id, detail from audit_log
        where action like 'pause.%' and tenant_id = 'local' order by created_at`),
    ).toEqual([
      {
        action: 'pause.set',
        actor: 'developer',
        subject_type: 'tenant',
        subject_id: 'local',
        detail: { reason: REASON },
      },
      { action: 'pause.clear', actor: 'developer', subject_type: 'tenant', subject_id: 'local', detail: {} },
    ]);
  });

  it('takes starts and decisions, does nothing with them, and goes on by itself', async () => {
    const asked = await startPending(first.developer, 'paused.txt', 'x');
    await first.developer.call('pause/set', { reason: REASON });
    const started = await second.developer.call('start', readPlan('README.md'));
    expect(started.state).toBe('queued');
    expect((await decide(second.reviewer, asked, 'approve')).status).toBe(200);
    await eventually('both runs wait', async () =>
      (await Promise.all([runOf(asked.runId), runOf(started.runId)])).every(
        ({ state, waitingFor }) => state === 'queued' && waitingFor === 'pause',
      ),
    );
    expect(await first.developer.call('run/list', { waitingFor: 'pause' })).toMatchObject({
      items: [{ runId: started.runId }, { runId: asked.runId }],
    });
    expect((await framesOf(first.developer, asked.runId)).at(-1)).toMatchObject({ type: 'run.waiting', for: 'pause' });
    await expect(stage.read('paused.txt')).rejects.toThrow('ENOENT');
    const metrics = await (await fetch(`${first.process.url}/metrics`)).text();
    expect(metrics).toMatch(/^assent_paused_tenants 1$/m);
    expect(metrics).toMatch(/^assent_runs\{state="paused"\} 2$/m);
    expect(metrics).toMatch(/^assent_runs\{state="queued"\} 0$/m);

    await first.developer.call('pause/clear', {});
    const frames = await framesUntil(first.developer, asked.runId, 'run.completed');
    expect(frameOf(frames.slice(frames.findIndex((frame) => frame['for'] === 'pause')), 'run.resumed')).toMatchObject({
      reason: 'resume',
    });
    expect(await stage.read('paused.txt')).toBe('x');
    await framesUntil(second.developer, started.runId, 'run.completed');
  });

  it('is told to every page that follows, at every replica, from its first event on', async () => {
    /** Follows until a hint is as wanted; `act` runs after the first. */
    const hintsOf = async (caller: Caller, act: () => Promise<unknown>, wanted: (hint: PauseHint) => boolean) => {
      let acting: Promise<unknown> | undefined;
      const { events } = await readEvents(caller, '/events?topics=runs', {
        until: ({ event, data }) => {
          if (event !== undefined) return false;
          acting ??= act();
          return wanted(JSON.parse(data) as PauseHint);
        },
      });
      await acting;
      return events.flatMap(({ event, data }) => (event === undefined ? [JSON.parse(data) as PauseHint] : []));
    };
    const seen = await hintsOf(
      second.developer,
      () => first.developer.call('pause/set', { reason: REASON }),
      ({ pause }) => pause !== null,
    );
    expect(seen.map(({ topic, pause }) => [topic, pause?.reason ?? null])).toEqual([
      ['pause', null],
      ['pause', REASON],
    ]);
    const later = await hintsOf(
      first.reviewer,
      () => Promise.resolve(),
      () => true,
    );
    expect(later).toMatchObject([{ topic: 'pause', pause: { reason: REASON, actor: 'developer' } }]);
    const resumed = await hintsOf(
      first.developer,
      () => second.developer.call('pause/clear', {}),
      ({ pause }) => pause === null,
    );
    expect(resumed.map(({ pause }) => pause?.reason ?? null)).toEqual([REASON, null]);
  });
});

import type { RunHint } from '@assent/contract';
import { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { readEvents } from '../support/event-stream';
import { operatorKey } from '../support/operator';
import { decide, startPending } from '../support/pending';
import { readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const PATH = '/events';

interface Line {
  readonly topic?: string;
  readonly type?: string;
  readonly runId: string;
  readonly state: string;
}

describe('the events of a tenant', () => {
  let stage: Stage;
  let a: Replica;
  let b: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    [a, b] = await Promise.all([stage.start(), stage.start()]);
  });
  afterAll(() => stage.close());

  const lineOf = ({ data }: { data: string }): Line => JSON.parse(data) as Line;
  /** Follows until an event is as wanted; `act` runs once the stream is open. @returns all events but those of a pause */
  const follow = async (
    caller: Caller,
    query: string,
    act: () => Promise<unknown>,
    wanted: (line: Line) => boolean,
  ) => {
    let started: Promise<unknown> | undefined;
    const reading = await readEvents(caller, `${PATH}${query}`, {
      opened: () => {
        started ??= act();
      },
      until: (event) => event.event === undefined && wanted(lineOf(event)),
    });
    await started;
    return reading.events.filter((event) => event.event === undefined && lineOf(event).topic !== 'pause');
  };
  const isHint = (line: Line, state: string): boolean => line.topic === 'run' && line.state === state;

  it('are those of its approvals and where its runs are, at every replica, in one stream', async () => {
    for (const [name, there] of Object.entries({ here: a, there: b })) {
      const started: string[] = [];
      let isSeen = false;
      const act = () =>
        // A replica that has just started gets no hints of others yet.
        eventually('a run is followed to its end', async () => {
          const pending = await startPending(a.developer, `${name}-${started.length}.txt`, 'x');
          started.push(pending.runId);
          await decide(a.reviewer, pending, 'reject');
          return isSeen;
        });
      const events = await follow(
        there.developer,
        '',
        act,
        (line) => (isSeen = isHint(line, 'completed') && started.includes(line.runId)),
      );
      const lines = events.map((event) => ({ id: event.id, ...lineOf(event) }));
      const hints = lines.filter(({ topic }) => topic === 'run');
      expect(hints.at(-1)).toEqual({
        topic: 'run',
        runId: expect.any(String) as unknown as string,
        state: 'completed',
        step: 1,
        waitingFor: null,
        at: expect.any(String) as unknown as string,
      } satisfies RunHint);
      expect(started).toContain(hints.at(-1)?.runId);
      expect(hints.every(({ id }) => id === undefined)).toBe(true);
      expect(JSON.stringify(hints)).not.toContain('goal');
    }
    const stored = await a.developer.call('approval/events', {});
    const replayed = await follow(
      b.developer,
      '?topics=approvals',
      () => Promise.resolve(),
      ({ type }) => type === 'approval.decided',
    );
    expect(replayed.map(({ data }) => JSON.parse(data) as unknown)).toEqual(stored.events.slice(0, 2));
    expect(replayed.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('resume after the last stored event, and go without those of the other topic', async () => {
    const { tail } = await a.developer.call('event/list', {});
    const resumed = await readEvents(a.developer, `${PATH}?topics=approvals`, {
      init: { headers: { 'last-event-id': String(tail - 1) } },
      until: ({ id }) => id === String(tail),
    });
    expect(resumed.events.flatMap(({ id }) => id ?? [])).toEqual([String(tail)]);
    const runs = await follow(
      a.developer,
      '?topics=runs',
      () => startPending(a.developer, 'runs.txt', 'x'),
      (line) => isHint(line, 'waiting'),
    );
    expect(runs.map((event) => lineOf(event).topic)).toEqual(runs.map(() => 'run'));
    expect(await a.developer.call('event/list', { topics: ['runs'] })).toMatchObject({ events: [] });
  });

  it('are of the own tenant only', async () => {
    const { key } = await operatorKey(stage, '--tenant=acme', '--name=k', '--scopes=all');
    const foreign = new Caller(a.process.url, key);
    const seen = await follow(
      foreign,
      '?topics=runs',
      async () => {
        await startPending(a.developer, 'foreign.txt', 'x');
        await foreign.call('start', readPlan('README.md'));
      },
      (line) => isHint(line, 'completed'),
    );
    const { items } = await foreign.call('run/list', {});
    expect(new Set(seen.map((event) => lineOf(event).runId))).toEqual(new Set(items.map(({ runId }) => runId)));
  });

  it('need the scope of each topic, and a topic that there is', async () => {
    const { key } = await operatorKey(stage, '--tenant=local', '--name=r', '--scopes=run:read');
    const reader = new Caller(a.process.url, key);
    expect((await reader.fetch(`${PATH}?topics=runs,approvals`)).status).toBe(403);
    expect((await reader.fetch(PATH)).status).toBe(403);
    expect((await reader.fail('event/list', { topics: ['approvals'] })).data['scope']).toBe('approval:read');
    expect(await reader.call('event/list', { topics: ['runs'] })).toMatchObject({ events: [] });
    expect((await a.developer.fetch(`${PATH}?topics=keys`)).status).toBe(400);
    expect((await a.developer.fetch(`${PATH}?after=999999`)).status).toBe(400);
  });

  it('end with the credential', async () => {
    const made = await a.developer.call('key/create', { name: 'k', scopes: ['run:read', 'approval:read'] });
    let revoked: Promise<Response> | undefined;
    const reading = readEvents(new Caller(a.process.url, made.key), PATH, {
      opened: () => {
        revoked ??= b.developer.fetch(`/keys/${made.id}`, { method: 'DELETE' });
      },
    });
    expect((await reading).ended).toBe(true);
    expect((await revoked)?.status).toBe(200);
  });
});

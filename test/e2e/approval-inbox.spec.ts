import type { Approval } from '@assent/contract';
import type { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { readEvents } from '../support/event-stream';
import { framesUntil } from '../support/frames';
import { decide, startPending, type Pending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

const PATH = '/approvals/events';
const NO_ONE = '00000000-0000-7000-8000-000000000000';
const MANY = 40;

interface InboxEvent {
  readonly seq: number;
  readonly type: string;
  readonly approvalId: string;
}

describe('the inbox of the reviewers', () => {
  let stage: Stage;
  let a: Replica;
  let b: Replica;
  let reviewer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    [a, b] = await Promise.all([stage.start(), stage.start()]);
    ({ reviewer } = a);
  });
  afterAll(() => stage.close());

  const page = async (after = 0) =>
    (await (await reviewer.fetch(`${PATH}?after=${after}`, { headers: { accept: 'application/json' } })).json()) as {
      events: InboxEvent[];
      cursor: number;
      tail: number;
    };
  const eventsIn = (data: readonly { event?: string | undefined; data: string }[]) =>
    data.filter(({ event }) => event === undefined).map(({ data: line }) => JSON.parse(line) as InboxEvent);

  it('tells everything that happens at any replica, in one order without a hole, the same live and replayed', async () => {
    const live = Promise.all(
      [a, b].map(({ reviewer: caller }) =>
        readEvents(caller, PATH, { until: ({ data }) => (JSON.parse(data) as InboxEvent).seq === 2 * MANY }),
      ),
    );
    const pendings = await Promise.all(
      Array.from({ length: MANY }, (_, index) =>
        startPending((index % 2 ? a : b).developer, `inbox/${index}.txt`, 'x'),
      ),
    );
    await Promise.all(pendings.map((pending, index) => decide((index % 2 ? b : a).reviewer, pending, 'reject')));
    const readings = await live;
    const { events, tail } = await page();
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 2 * MANY }, (_, index) => index + 1));
    expect(tail).toBe(2 * MANY);
    for (const { events: got, headers } of readings) {
      expect(eventsIn(got)).toEqual(events);
      expect(headers.get('content-type')).toContain('text/event-stream');
    }
    for (const { approvalId } of pendings) {
      const types = events.filter((event) => event.approvalId === approvalId).map(({ type }) => type);
      expect(types).toEqual(['approval.requested', 'approval.decided']);
    }
  });

  it('resumes after Last-Event-ID or ?after=, filters by types, and refuses a cursor that cannot be', async () => {
    const { tail } = await page();
    for (const options of [{ init: { headers: { 'last-event-id': String(tail - 2) } } }, {}]) {
      const path = 'init' in options ? PATH : `${PATH}?after=${tail - 2}`;
      const { events } = await readEvents(reviewer, path, { ...options, until: ({ id }) => id === String(tail) });
      expect(eventsIn(events).map(({ seq }) => seq)).toEqual([tail - 1, tail]);
    }
    const filtered = await readEvents(reviewer, `${PATH}?types=approval.decided`, {
      until: ({ id }) => id === String(tail),
    });
    expect(new Set(eventsIn(filtered.events).map(({ type }) => type))).toEqual(new Set(['approval.decided']));
    for (const query of [`after=${tail + 1}`, 'after=-1', 'after=x', 'types=run.started']) {
      expect((await reviewer.fetch(`${PATH}?${query}`)).status).toBe(400);
    }
  });

  it('is opened by a ticket once, and by nobody without a key for it', async () => {
    const ticket = await reviewer.post('/stream-tickets', { stream: 'approvals' });
    const { url } = (await ticket.json()) as { url: string };
    const opened = await fetch(`${a.process.url}${url}`);
    expect(opened.status).toBe(200);
    await opened.body?.cancel();
    expect((await fetch(`${a.process.url}${url}`)).status).toBe(401);
    expect((await fetch(`${a.process.url}${PATH}`)).status).toBe(401);
  });

  it('says what retention has taken: a gap in the stream, 410 for a page', async () => {
    await stage.sql.query(`update approval_events set at = now() - interval '8 days' where seq <= 10`);
    await stage.sql.query('delete from approval_events where seq <= 10');
    const { events } = await readEvents(reviewer, PATH, { until: ({ event }) => event === undefined });
    expect(events[0]).toMatchObject({ event: 'gap', data: '{"earliest":11}' });
    const response = await reviewer.fetch(PATH, { headers: { accept: 'application/json' } });
    expect([response.status, await response.json()]).toMatchObject([410, { earliest: 11 }]);
  });

  it('has counts by state, under the filters of the list', async () => {
    const pending = await startPending(a.developer, 'counted.txt', 'x');
    const counts = async (query: string) =>
      (await (await reviewer.fetch(`/approvals/count?${query}`)).json()) as object;
    expect(await counts(`runId=${pending.runId}`)).toMatchObject({ total: 1, states: { pending: 1, rejected: 0 } });
    expect(await counts('requester=nobody')).toMatchObject({ total: 0 });
    expect(await reviewer.call('approval/count', { state: 'pending', subject: 'diff' })).toMatchObject({ total: 1 });
    expect((await reviewer.fetch('/approvals/count?limit=1')).status).toBe(400);
    await decide(reviewer, pending, 'reject');
  });

  it('decides several at once, each answered on its own', async () => {
    const [first, second, third] = (await Promise.all(
      ['one', 'two', 'three'].map((name) => startPending(a.developer, `batch/${name}.txt`, name)),
    )) as [Pending, Pending, Pending];
    const of = ({ approvalId, hash }: Pick<Pending, 'approvalId' | 'hash'>, decision: string) => ({
      approvalId,
      hash,
      decision,
    });
    const response = await reviewer.post('/approvals/decisions', {
      decisions: [
        of(first, 'approve'),
        of({ ...second, hash: third.hash }, 'approve'),
        of(third, 'reject'),
        of(third, 'approve'),
        of({ ...first, approvalId: NO_ONE }, 'approve'),
      ],
    });
    const { items } = (await response.json()) as { items: { status: number; approval?: Approval; problem?: object }[] };
    expect([response.status, items.map(({ status }) => status)]).toEqual([200, [200, 412, 200, 409, 404]]);
    expect(items[0]?.approval).toMatchObject({ state: 'approved' });
    expect(items[1]?.problem).toMatchObject({ type: 'urn:assent:error:precondition-failed', hash: second.hash });
    await framesUntil(a.developer, first.runId, 'run.completed');
    expect((await reviewer.post('/approvals/decisions', { decisions: [] })).status).toBe(400);
    await eventually('the rejected one is over', async () => {
      return (await a.developer.call('run/get', { runId: third.runId })).state === 'completed';
    });
  });
});

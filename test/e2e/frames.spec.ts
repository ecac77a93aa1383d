import { once } from 'node:events';
import { connect } from 'node:net';
import { EventSource } from 'eventsource';
import { framesPath, linesOf, readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { framesUntil, type WireFrame } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const CUTS = 50;
const NO_ONE = '00000000-0000-7000-8000-000000000000';
/** A trace of many parts makes many frames, with characters of one to four bytes. */
const TRACE = Array.from({ length: 300 }, (_, index) => `Part ${index}: maybe ${'ä€😀'.repeat(1 + (index % 40))}.`);
const SECOND_BATCH_FRAMES = 20;
const BIG_TEXT_CHARS = 250_000;

describe('the frames of a run', () => {
  let stage: Stage;
  let a: Replica;
  let b: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    [a, b] = await Promise.all([stage.start(), stage.start()]);
  });
  afterAll(() => stage.close());

  const seqsOf = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as WireFrame).seq);
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const finished = async () => {
    const { runId } = await a.developer.call('start', readPlan('README.md'));
    return { runId, frames: await framesUntil(a.developer, runId, 'run.completed') };
  };

  it('reach a native EventSource, what has been and what comes, in every replica, byte by byte the same', async () => {
    const pending = await startPending(a.developer, 'streamed.txt', 'streamed', { clientTraceId: 'trace-1' });
    const follow = (replica: Replica): Promise<string[]> =>
      new Promise((resolve, reject) => {
        const lines: string[] = [];
        const source = new EventSource(`${replica.process.url}${framesPath(pending.runId)}`, {
          fetch: (input, init) =>
            fetch(input, { ...init, headers: { ...init.headers, ...replica.developer.authorization } }),
        });
        source.onmessage = ({ data, lastEventId }) => {
          lines.push(`${lastEventId} ${String(data)}`);
          if (!String(data).includes('"type":"run.completed"')) return;
          source.close();
          resolve(lines);
        };
        source.onerror = ({ message }) => reject(new Error(`EventSource: ${message ?? 'failed'}`));
      });
    const following = Promise.all([follow(a), follow(b)]);
    expect((await decide(b.reviewer, pending, 'approve')).status).toBe(200);
    const [fromA, fromB] = await following;
    expect(fromA).toEqual(fromB);
    const replay = await readEvents(b.developer, framesPath(pending.runId));
    expect(replay.ended).toBe(true);
    expect(replay.events.map(({ id, data }) => `${id ?? ''} ${data}`)).toEqual(fromA);
    const frames = linesOf(replay).map((line) => JSON.parse(line) as WireFrame);
    expect(frames.map(({ seq }) => seq)).toEqual(upTo(frames.length));
    expect(frames.every(({ runId, clientTraceId }) => runId === pending.runId && clientTraceId === 'trace-1')).toBe(
      true,
    );
    expect(frames.map(({ at }) => at)).toEqual(frames.map(({ at }) => at).toSorted());
    expect(Object.fromEntries(replay.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  it(`are neither lost nor doubled nor reordered over ${CUTS} cuts at random bytes, while the run goes and after`, async () => {
    const pending = await startPending(a.developer, 'cuts.txt', 'x', { trace: TRACE });
    const lines: string[] = [];
    let cursor = '0';
    // Park and Miller: the same cuts in every run of this test.
    let seed = 20_251_122;
    for (let cut = 0; cut < CUTS; cut += 1) {
      seed = (seed * 48_271) % 2_147_483_647;
      if (cut === CUTS / 2) expect((await decide(b.reviewer, pending, 'approve')).status).toBe(200);
      const replica = cut % 2 === 0 ? a : b;
      const reading = await readEvents(replica.developer, framesPath(pending.runId), {
        init: { headers: { 'last-event-id': cursor } },
        maxBytes: 100 + (seed % 1_500),
      });
      lines.push(...linesOf(reading));
      cursor = reading.events.at(-1)?.id ?? cursor;
    }
    expect(lines.length).toBeGreaterThan(CUTS);
    const rest = await readEvents(a.developer, framesPath(pending.runId, `?after=${cursor}`));
    const whole = linesOf(await readEvents(b.developer, framesPath(pending.runId)));
    expect([...lines, ...linesOf(rest)]).toEqual(whole);
    expect(seqsOf(whole)).toEqual(upTo(whole.length));
    const deltas = whole.map((line) => JSON.parse(line) as WireFrame).filter(({ type }) => type === 'trace.delta');
    expect(deltas.map(({ text }) => text)).toEqual(TRACE);
  });

  it('can be filtered by type', async () => {
    const { runId, frames } = await finished();
    const chosen = linesOf(await readEvents(a.developer, framesPath(runId, '?types=path.scored,run.completed')));
    const expected = frames.filter(({ type }) => type === 'path.scored' || type === 'run.completed');
    expect(chosen.map((line) => JSON.parse(line) as WireFrame)).toEqual(expected);
    const page = await a.developer.call('stream', { runId, types: ['run.completed'] });
    expect(page).toMatchObject({ frames: [frames.at(-1)], cursor: frames.length, tail: frames.length, done: true });
  });

  it.each(['?after=-1', '?after=99999', '?after=x', '?after=1.5', '?after=99999999999999999999', '?types=no.such'])(
    'answer 400 to %s',
    async (query) => {
      const { runId } = await finished();
      const response = await a.developer.fetch(framesPath(runId, query));
      expect([response.status, response.headers.get('content-type')]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ]);
    },
  );

  it('answer 400 to a malformed Last-Event-ID, 404 to an unknown run, 401 without a key', async () => {
    const { runId } = await finished();
    const headers = { 'last-event-id': 'seven' };
    expect((await a.developer.fetch(framesPath(runId), { headers })).status).toBe(400);
    for (const id of [NO_ONE, 'x']) expect((await a.developer.fetch(framesPath(id))).status).toBe(404);
    expect((await fetch(`${a.process.url}${framesPath(runId)}`)).status).toBe(401);
    expect(await a.developer.fail('stream', { runId, after: 9_999 })).toMatchObject({
      code: -32602,
      data: { pointer: '/after' },
    });
  });

  it('come as JSON on request', async () => {
    const { runId, frames } = await finished();
    const headers = { accept: 'application/json' };
    const page = await (await a.developer.fetch(framesPath(runId, '?after=3'), { headers })).json();
    expect(page).toEqual({ frames: frames.slice(3), cursor: frames.length, tail: frames.length, done: true });
  });

  it('tell of a gap after retention: a named event with the earliest seq, 410 as JSON, -32008 by RPC', async () => {
    const { runId, frames } = await finished();
    await stage.sql.query('delete from frames where run_id = $1 and seq <= 4', [runId]);
    const reading = await readEvents(b.developer, framesPath(runId, '?after=2'));
    expect(reading.events[0]).toMatchObject({ event: 'gap', data: '{"earliest":5}', id: undefined });
    expect(seqsOf(linesOf(reading))).toEqual(upTo(frames.length).slice(4));
    const json = await b.developer.fetch(framesPath(runId, '?after=2'), { headers: { accept: 'application/json' } });
    expect([json.status, await json.json()]).toMatchObject([410, { earliest: 5 }]);
    expect(await b.developer.fail('stream', { runId, after: 2 })).toMatchObject({
      code: -32008,
      data: { earliest: 5 },
    });
    await stage.sql.query('delete from frames where run_id = $1', [runId]);
    const nothing = await readEvents(b.developer, framesPath(runId));
    expect(nothing).toMatchObject({
      ended: true,
      events: [{ event: 'gap', data: `{"earliest":${frames.length + 1}}` }],
    });
  });

  it('open by a ticket, once, for its run, in its time', async () => {
    const [{ runId, frames }, other] = [await finished(), await finished()];
    const ticket = async () => {
      const response = await a.developer.post('/stream-tickets', { runId });
      expect(response.status).toBe(201);
      return (await response.json()) as { ticket: string; url: string; expiresAt: string };
    };
    const open = (path: string) => fetch(`${b.process.url}${path}`);
    const first = await ticket();
    expect(new Date(first.expiresAt).getTime() - Date.now()).toBeLessThanOrEqual(61_000);
    const opened = await open(first.url);
    expect([opened.status, (await opened.text()).match(/^id: /gm)?.length]).toEqual([200, frames.length]);
    expect((await open(first.url)).status).toBe(401);
    expect((await open(framesPath(other.runId, `?ticket=${(await ticket()).ticket}`))).status).toBe(401);
    const late = await ticket();
    await stage.sql.query(`update stream_tickets set expires_at = now() - interval '1 s'`);
    expect((await open(late.url)).status).toBe(401);
    expect((await a.developer.post('/stream-tickets', { runId: NO_ONE })).status).toBe(404);
    expect((await a.developer.post('/stream-tickets', {})).status).toBe(400);
  });

  it('come from POST /rpc as notifications and then the response, where SSE is asked for', async () => {
    const { runId, frames } = await finished();
    const call = (params: object) => ({
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 'mine', method: 'stream', params }),
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    });
    const { events, ended } = await readEvents(a.developer, '/rpc', { init: call({ runId, after: 2 }) });
    const cursor = frames.length;
    expect([ended, events.map(({ data }) => JSON.parse(data) as unknown)]).toEqual([
      true,
      [
        ...frames.slice(2).map((params) => ({ jsonrpc: '2.0', method: 'frame', params })),
        { jsonrpc: '2.0', id: 'mine', result: { frames: [], cursor, tail: cursor, done: true } },
      ],
    ]);
    const refused = await a.developer.fetch('/rpc', call({ runId: NO_ONE }));
    expect(await refused.text()).toMatch(/no run/);
  });

  it('wake a long-poll at another replica, and a poll at the head comes back empty in its time', async () => {
    const pending = await startPending(a.developer, 'polled.txt', 'x');
    const after = pending.frames.length;
    expect(await b.developer.call('stream', { runId: pending.runId, after })).toEqual({
      frames: [],
      cursor: after,
      tail: after,
      done: false,
    });
    const poll = b.developer.call('stream', { runId: pending.runId, after, waitMs: 20_000 });
    await decide(a.reviewer, pending, 'reject');
    expect((await poll).frames[0]).toMatchObject({ seq: after + 1, type: 'approval.decided' });
  });

  it('end politely when a replica goes down, which exits with 0, and go on at another', async () => {
    const leaving = await stage.start();
    const pending = await startPending(leaving.developer, 'leaving.txt', 'x');
    let stopped: Promise<number | null> | undefined;
    const cut = await readEvents(leaving.developer, framesPath(pending.runId), {
      opened: () => {
        stopped ??= leaving.process.stop();
      },
    });
    expect([cut.ended, await stopped]).toEqual([true, 0]);
    const cursor = cut.events.at(-1)?.id ?? '0';
    await decide(a.reviewer, pending, 'reject');
    const rest = await readEvents(b.developer, framesPath(pending.runId, `?after=${cursor}`));
    const lines = [...linesOf(cut), ...linesOf(rest)];
    expect(seqsOf(lines)).toEqual(upTo(lines.length));
    expect(lines.at(-1)).toContain('"type":"run.completed"');
  });

  it('cut off a client that never reads, while others go on, and are there when it comes back', async () => {
    const pending = await startPending(a.developer, 'stalled.txt', 'x');
    const openStreams = async () =>
      Number(/^assent_streams (\d+)$/m.exec(await (await a.developer.fetch('/metrics')).text())?.[1]);
    expect(await openStreams()).toBe(0);
    const { hostname, port, host } = new URL(a.process.url);
    const stalled = connect(Number(port), hostname);
    stalled.on('error', () => undefined); // a reset is how it may learn that it was cut off
    stalled.write(
      `GET ${framesPath(pending.runId)} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${a.developer.key}\r\n\r\n`,
    );
    let seen = 0;
    const reading = readEvents(a.developer, framesPath(pending.runId), {
      until: ({ id }) => (seen = Number(id)) === -1,
    });
    await eventually('both are open', async () => (await openStreams()) === 2);
    const body = JSON.stringify({ text: 'x'.repeat(BIG_TEXT_CHARS) });
    let tail = pending.frames.length;
    // What another replica would commit, faster than any person reads.
    while ((await openStreams()) === 2) {
      await stage.sql.query(
        `with held as (update runs set seq = seq + $2::integer where id = $1 returning seq - $2::integer as seq, tenant_id)
         insert into frames (run_id, seq, tenant_id, at, type, step, body)
         select $1, held.seq + n, held.tenant_id, now(), 'trace.delta', 1, $3 from held, generate_series(1, $2::integer) as n`,
        [pending.runId, SECOND_BATCH_FRAMES, body],
      );
      tail += SECOND_BATCH_FRAMES;
      const goal = tail;
      await eventually('the one that reads has them', () => seen === goal);
    }
    expect(await openStreams()).toBe(1);
    await decide(b.reviewer, pending, 'reject');
    const healthy = await reading;
    expect([healthy.ended, seqsOf(linesOf(healthy))]).toEqual([true, upTo(seen)]);
    stalled.resume();
    await once(stalled, 'close');
    const back = await readEvents(a.developer, framesPath(pending.runId, `?after=${tail}`));
    expect(seqsOf(linesOf(back))[0]).toBe(tail + 1);
  });
});

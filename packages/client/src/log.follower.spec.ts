import { text as readAll } from 'node:stream/consumers';
import { EventSource } from 'eventsource';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TERMINAL_FRAME_TYPES, type Frame, type FrameType } from '@assent/contract';
import { AssentClient } from './assent.client';
import { AssentConnectionError, AssentGapError, AssentHttpError } from './errors';
import type { ClientOptions } from './http.transport';
import type { ConnectionState, FollowOptions } from './log.follower';
import { TERMINAL_TYPES } from './run';

const RUN_ID = '0199a0de-0000-7000-8000-000000000001';
const LAST = 20;
/** Makes the client come back at once. */
const SOON = 'retry: 1\n: hello\n\n';

const NO_PAGE = { result: { frames: [], cursor: 0, tail: 0, done: false } };

type Scene = (after: number, response: ServerResponse, request: IncomingMessage) => void;

/**
 * A real HTTP server that plays one scene per connection, the last one again and again. It knows nothing of the client:
 * each scene says which bytes go out, and how the connection ends.
 */
class Stage {
  readonly cursors: number[] = [];
  readonly queries: URLSearchParams[] = [];
  tickets = 0;
  private readonly server: Server;

  private constructor(scenes: readonly Scene[], page: (after: number) => object) {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://stage');
      if (request.method === 'POST') {
        void readAll(request).then((body) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const { params } = JSON.parse(body) as { readonly params?: { readonly after: number } };
          const answer =
            url.pathname === '/stream-tickets'
              ? { ticket: `t${(this.tickets += 1)}` }
              : { jsonrpc: '2.0', id: 1, ...page(params?.after ?? 0) };
          response.end(JSON.stringify(answer));
        });
        return;
      }
      const after = Number(url.searchParams.get('after'));
      this.cursors.push(after);
      this.queries.push(url.searchParams);
      scenes[Math.min(this.cursors.length, scenes.length) - 1]?.(after, response, request);
    });
  }

  /** @param page the answer to a `stream` call: `{result}` or `{error}` */
  static async open(scenes: readonly Scene[], page: (after: number) => object = () => NO_PAGE): Promise<Stage> {
    const stage = new Stage(scenes, page);
    await once(stage.server.listen(0, '127.0.0.1'), 'listening');
    return stage;
  }

  client(options: Partial<ClientOptions> = {}): AssentClient {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return new AssentClient({ url, key: 'k', ...options } as ClientOptions);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}

function text(seq: number, type?: FrameType): string {
  return `id: ${seq}\ndata: ${JSON.stringify(frame(seq, type))}\n\n`;
}

function frame(seq: number, type: FrameType = seq === LAST ? 'run.completed' : 'trace.delta') {
  return {
    runId: RUN_ID,
    seq,
    at: '2026-03-09T08:00:00.000Z',
    type,
    step: 1,
    clientTraceId: null,
    text: 'zu spät 🕰',
  };
}

function texts(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => text(from + index)).join('');
}

function begin(response: ServerResponse, bytes = ''): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(SOON + bytes);
  return response;
}

/** Sends what follows the cursor, whole frames and half of one, and cuts the wire. */
function cutAfter(count: number): Scene {
  return (after, response) => {
    const last = Math.min(after + count, LAST);
    const half = last === LAST ? '' : text(last + 1).slice(0, 60);
    begin(response).write(texts(after + 1, last) + half, () => response.destroy());
  };
}

const toTheEnd: Scene = (after, response) => void begin(response, texts(after + 1, LAST)).end();

async function read(
  stage: Stage,
  options: FollowOptions<FrameType> = {},
  client: AssentClient = stage.client(),
): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of client.frames(RUN_ID, options)) seqs.push(seq);
  return seqs;
}

const ALL = Array.from({ length: LAST }, (_, index) => index + 1);

describe('following the frames of a run', () => {
  let stage: Stage;

  afterEach(() => stage.close());

  it('gets every frame once and in order although the wire is cut in the middle of frames', async () => {
    stage = await Stage.open([cutAfter(3)]);
    expect(await read(stage)).toEqual(ALL);
    expect(stage.cursors).toEqual([0, 3, 6, 9, 12, 15, 18]);
  });

  it('goes on when the server ends connections of its own accord, and begins after the cursor it is given', async () => {
    stage = await Stage.open([(after, response) => void begin(response, texts(after + 1, after + 5)).end()]);
    expect(await read(stage, { after: 5 })).toEqual(ALL.slice(5));
    expect(stage.cursors).toEqual([5, 10, 15]);
  });

  it('drops what it has when a server sends it again', async () => {
    stage = await Stage.open([
      (_, response) => void begin(response, texts(1, 6)).end(),
      (_, response) => void begin(response, texts(4, LAST)).end(),
    ]);
    expect(await read(stage)).toEqual(ALL);
  });

  it('reads characters whole that arrive in two pieces', async () => {
    const bytes = Buffer.from(text(1) + texts(2, LAST));
    const inClock = bytes.indexOf(Buffer.from('🕰')) + 2;
    stage = await Stage.open([
      (_, response) => {
        begin(response).write(bytes.subarray(0, inClock), () =>
          setImmediate(() => response.end(bytes.subarray(inClock))),
        );
      },
    ]);
    const { value } = (await stage.client().frames(RUN_ID).next()) as { value: Frame };
    expect(value).toMatchObject({ seq: 1, text: 'zu spät 🕰' });
  });

  it('ends after the terminal frame although the server keeps the connection open, and closes it', async () => {
    let closed: Promise<unknown> | undefined;
    stage = await Stage.open([
      (_, response) => {
        closed = once(response, 'close');
        begin(response, texts(1, LAST));
      },
    ]);
    expect(await read(stage)).toEqual(ALL);
    await closed;
  });

  it('closes the connection when the reader leaves the loop', async () => {
    let closed: Promise<unknown> | undefined;
    stage = await Stage.open([
      (_, response) => {
        closed = once(response, 'close');
        begin(response, texts(1, 4));
      },
    ]);
    for await (const { seq } of stage.client().frames(RUN_ID)) if (seq === 2) break;
    await closed;
    expect(stage.cursors).toEqual([0]);
  });

  it('passes over pings and named events that it does not know', async () => {
    const noise = 'event: ping\ndata: {"tail":1}\n\nevent: novelty\ndata: ?\n\n';
    stage = await Stage.open([(_, response) => void begin(response, noise + texts(1, LAST) + noise).end()]);
    expect(await read(stage)).toEqual(ALL);
  });

  it('asks for the terminal frames with a filter, ends by them, and keeps them to itself unless they are wanted', async () => {
    stage = await Stage.open([
      (_, response) => void begin(response, text(2, 'tree.built') + text(9, 'run.failed')).end(),
    ]);
    expect(await read(stage, { types: ['tree.built'] })).toEqual([2]);
    expect(await read(stage, { types: ['tree.built', 'run.failed'] })).toEqual([2, 9]);
    expect(stage.queries[0]?.get('types')).toBe('tree.built,run.completed,run.failed,run.cancelled');
  });

  it('ends at once when the run has ended and its last frame was read before', async () => {
    stage = await Stage.open([(_, response) => void begin(response).end()], () => ({
      result: { ...NO_PAGE.result, done: true },
    }));
    expect(await read(stage, { after: LAST })).toEqual([]);
  });

  it('fails on a gap with the seq of the earliest frame that is left', async () => {
    stage = await Stage.open([(_, response) => void begin(response, 'event: gap\ndata: {"earliest":8}\n\n').end()]);
    const failure: unknown = await read(stage, { after: 2 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentGapError);
    expect(failure).toMatchObject({ runId: RUN_ID, after: 2, earliest: 8 });
  });

  it('tells of a gap and goes on behind it when it is asked to', async () => {
    stage = await Stage.open([
      (_, response) => void begin(response, `event: gap\ndata: {"earliest":8}\n\n${text(8)}`).end(),
      toTheEnd,
    ]);
    const gaps: number[] = [];
    expect(await read(stage, { onGap: ({ earliest }) => gaps.push(earliest) })).toEqual(ALL.slice(7));
    expect([gaps, stage.cursors]).toEqual([[8], [0, 8]]);
  });

  it('comes back when a replica that shuts down refuses it', async () => {
    stage = await Stage.open([
      cutAfter(3),
      (_, response) =>
        void response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '0' }).end('{}'),
      toTheEnd,
    ]);
    expect(await read(stage)).toEqual(ALL);
    expect(stage.cursors).toEqual([0, 3, 3]);
  });

  it('fails at once with the problem when the server will never serve the stream', async () => {
    const problem = {
      type: 'urn:assent:error:not-found',
      title: 'Not found',
      status: 404,
      detail: `There is no run ${RUN_ID}`,
    };
    stage = await Stage.open([
      (_, response) =>
        void response.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
    ]);
    const failure: unknown = await read(stage).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentHttpError);
    expect(failure).toMatchObject({ status: 404, problem, message: problem.detail });
    expect(stage.cursors).toHaveLength(1);
  });

  it('says so when something else than an Assent server answers', async () => {
    stage = await Stage.open([
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi'),
    ]);
    await expect(read(stage)).rejects.toThrow('no event stream');
  });

  it('gives up a connection that has gone silent, and opens another', async () => {
    stage = await Stage.open([(_, response) => void begin(response, texts(1, 2)), toTheEnd]);
    // Long enough that a slow machine delivers the first frames in time.
    expect(await read(stage, { idleTimeoutMs: 2_000 })).toEqual(ALL);
    expect(stage.cursors).toEqual([0, 2]);
  });

  it('gives up when nobody has answered for as long as it may wait, and says where to go on', async () => {
    stage = await Stage.open([(_, response) => void begin(response, texts(1, 2)).write('', () => response.destroy())]);
    const failure: unknown = await read(stage, { reconnectTimeoutMs: 0 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentConnectionError);
    expect(failure).toMatchObject({ after: 2 });
  });

  it('says how the connection stands, until the end', async () => {
    stage = await Stage.open([cutAfter(15), toTheEnd]);
    const states: unknown[] = [];
    const startedAt = Date.now();
    await read(stage, {
      onConnection: (state, cursor, retryAt) =>
        states.push([state, cursor, retryAt === null ? null : retryAt >= startedAt]),
    });
    expect(states).toEqual([
      ['connecting', 0, null],
      ['live', 0, null],
      ['lost', 15, true],
      ['connecting', 15, null],
      ['live', 15, null],
      ['ended', 20, null],
    ]);
  });

  it('comes back at once when it is told to, however long the pause', async () => {
    stage = await Stage.open([
      (_, response) => void response.writeHead(503, { 'retry-after': '3600' }).end(),
      toTheEnd,
    ]);
    const client = stage.client();
    const onConnection = (state: ConnectionState) => {
      if (state === 'lost') setImmediate(() => client.retryNow());
    };
    expect(await read(stage, { onConnection }, client)).toEqual(ALL);
  });

  it('ends at once when the server says that nothing is left', async () => {
    stage = await Stage.open([(_, response) => void response.writeHead(204).end()], () => ({
      result: { ...NO_PAGE.result, done: true },
    }));
    expect(await read(stage, { after: LAST })).toEqual([]);
  });

  describe('with pages', () => {
    const page = (after: number, limit = 8, tail = 14) => {
      const frames = ALL.slice(after, Math.min(after + limit, tail)).map((seq) => frame(seq));
      return {
        result: { frames, cursor: frames.at(-1)?.seq ?? after, tail, done: tail === LAST && after + limit >= LAST },
      };
    };

    it('reads what is there in pages, and what comes then from the stream', async () => {
      stage = await Stage.open([toTheEnd], page);
      const tails: number[] = [];
      expect(await read(stage, { pages: true, onTail: (tail) => tails.push(tail) })).toEqual(ALL);
      expect([stage.cursors, tails]).toEqual([[14], [14, 14]]);
    });

    it('hands out a page at once, and what comes then as it comes', async () => {
      stage = await Stage.open([toTheEnd], page);
      const batches: number[][] = [];
      for await (const batch of stage.client().batches(RUN_ID, { pages: true })) {
        batches.push(batch.map(({ seq }) => seq));
      }
      expect(batches).toEqual([ALL.slice(0, 8), ALL.slice(8, 14), ...ALL.slice(14).map((seq) => [seq])]);
    });

    it('opens no stream for a run that has ended', async () => {
      stage = await Stage.open([], (after) => page(after, 8, LAST));
      expect(await read(stage, { pages: true })).toEqual(ALL);
      expect(stage.cursors).toEqual([]);
    });

    it('fails on a gap, or goes on behind it when it is asked to', async () => {
      const data = { type: 'urn:assent:error:gone', retryable: false, requestId: 'r', earliest: 9 };
      stage = await Stage.open([toTheEnd], (after) =>
        after < 8 ? { error: { code: -32008, message: 'gone', data } } : page(after),
      );
      await expect(read(stage, { pages: true })).rejects.toMatchObject({ after: 0, earliest: 9 });
      const gaps: number[] = [];
      expect(await read(stage, { pages: true, onGap: ({ earliest }) => gaps.push(earliest) })).toEqual(ALL.slice(8));
      expect(gaps).toEqual([9]);
    });
  });

  it('follows by a native EventSource with a new ticket for every connection', async () => {
    stage = await Stage.open([cutAfter(6), cutAfter(6), toTheEnd]);
    const client = stage.client({ eventSource: EventSource });
    const onConnection = (state: ConnectionState) => {
      if (state === 'lost') setImmediate(() => client.retryNow());
    };
    expect(await read(stage, { onConnection }, client)).toEqual(ALL);
    expect(stage.queries.map((query) => query.get('ticket'))).toEqual(['t1', 't2', 't3']);
    expect(stage.cursors).toEqual([0, 6, 12]);
  });

  it('asks for another credential when that of a stream has expired', async () => {
    const keys: (string | undefined)[] = [];
    stage = await Stage.open([
      (after, response, { headers: { authorization } }) => {
        keys.push(authorization);
        // The server ends the stream when its credential expires.
        if (authorization === 'Bearer new') toTheEnd(after, response, undefined as never);
        else if (after === 0) void begin(response, texts(1, 7)).end();
        else response.writeHead(401, { 'content-type': 'application/problem+json' }).end('{"status":401}');
      },
    ]);
    const tokens = ['old', 'new'];
    expect(await read(stage, {}, stage.client({ credential: () => tokens.shift() ?? '', key: undefined }))).toEqual(
      ALL,
    );
    expect(keys).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
  });

  it('stops with the reason of the signal', async () => {
    const abort = new AbortController();
    stage = await Stage.open([(_, response) => void begin(response, texts(1, 2))]);
    const reading = (async () => {
      for await (const { seq } of stage.client().frames(RUN_ID, { signal: abort.signal })) {
        if (seq === 2) abort.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
  });
});

it('knows the same terminal frames as the contract', () => {
  expect(new Set(TERMINAL_TYPES)).toEqual(TERMINAL_FRAME_TYPES);
});

it('is whole with a cut at every byte of the stream', async () => {
  const last = 3;
  const bytes = new TextEncoder().encode(SOON + text(1) + text(2) + text(last, 'run.completed'));
  for (let at = 0; at <= bytes.length; at += 1) {
    let connections = 0;
    const client = new AssentClient({
      url: 'http://stage',
      key: 'k',
      fetch: (input) => {
        connections += 1;
        const after = Number(new URL(input).searchParams.get('after'));
        const rest = [1, 2].filter((seq) => seq > after).map((seq) => text(seq));
        const cut = new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(bytes.subarray(0, at)),
          pull: (controller) => controller.error(new TypeError('terminated')),
        });
        const body = connections === 1 ? cut : rest.join('') + text(last, 'run.completed');
        return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
      },
    });
    const seqs: number[] = [];
    const onConnection = (state: ConnectionState) => {
      // The first connection may end before it has a pause of its own.
      if (state === 'lost') setImmediate(() => client.retryNow());
    };
    for await (const { seq } of client.frames(RUN_ID, { onConnection })) seqs.push(seq);
    expect([at, seqs]).toEqual([at, [1, 2, last]]);
  }
});

describe('following the inbox', () => {
  const event = (seq: number) =>
    `id: ${seq}\ndata: ${JSON.stringify({ seq, type: seq % 2 === 0 ? 'approval.decided' : 'approval.requested' })}\n\n`;

  it('gets every event once and in order over several connections, and stops when it is told to', async () => {
    const stage = await Stage.open([
      (after, response) => void begin(response, event(after + 1) + event(after + 2)).end(),
    ]);
    const seqs: number[] = [];
    for await (const { seq } of stage.client().approvals.events({ after: 4 })) {
      seqs.push(seq);
      if (seq === 9) break;
    }
    expect([seqs, stage.cursors]).toEqual([
      [5, 6, 7, 8, 9],
      [4, 6, 8],
    ]);
    await stage.close();
  });

  it('says which events a gap has swallowed', async () => {
    const stage = await Stage.open([
      (_, response) => void begin(response, 'event: gap\ndata: {"earliest":8}\n\n').end(),
    ]);
    const failure: unknown = await stage
      .client()
      .approvals.events()
      .next()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentGapError);
    expect(failure).toMatchObject({ runId: null, after: 0, earliest: 8 });
    await stage.close();
  });

  it('follows the tenant: changes of runs are handed over, and move the cursor of the events not at all', async () => {
    const hint = { topic: 'run', runId: RUN_ID, state: 'waiting', step: 1, waitingFor: 'approval', at: '' };
    const stage = await Stage.open([
      (after, response) => void begin(response, `${event(after + 1)}data: ${JSON.stringify(hint)}\n\n`).end(),
    ]);
    const hints: unknown[] = [];
    const topics = ['runs', 'approvals'] as const;
    const seqs: number[] = [];
    for await (const { seq } of stage.client().events({ topics, onHint: (run) => hints.push(run) })) {
      seqs.push(seq);
      if (seq === 3) break;
    }
    expect([seqs, hints, stage.cursors]).toEqual([
      [1, 2, 3],
      [hint, hint],
      [0, 1, 2],
    ]);
    expect(stage.queries[0]?.get('topics')).toBe('runs,approvals');
    await stage.close();
  });
});

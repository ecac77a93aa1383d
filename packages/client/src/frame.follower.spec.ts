import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TERMINAL_FRAME_TYPES, type Frame, type FrameType } from '@assent/contract';
import { AssentClient } from './assent.client';
import { AssentConnectionError, AssentGapError, AssentHttpError } from './errors';
import { TERMINAL_TYPES, type FramesOptions } from './frame.follower';

const RUN_ID = '0199a0de-0000-7000-8000-000000000001';
const LAST = 20;
/** Makes the client come back at once. */
const SOON = 'retry: 1\n: hello\n\n';

type Scene = (after: number, response: ServerResponse, request: IncomingMessage) => void;

/**
 * A real HTTP server that plays one scene per connection, the last one again and again. It knows nothing of the client:
 * each scene says which bytes go out, and how the connection ends.
 */
class Stage {
  readonly cursors: number[] = [];
  readonly queries: URLSearchParams[] = [];
  private readonly server: Server;

  private constructor(scenes: readonly Scene[], done: boolean) {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://stage');
      if (url.pathname === '/rpc') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { frames: [], cursor: 0, tail: 0, done } }));
        return;
      }
      const after = Number(url.searchParams.get('after'));
      this.cursors.push(after);
      this.queries.push(url.searchParams);
      scenes[Math.min(this.cursors.length, scenes.length) - 1]?.(after, response, request);
    });
  }

  static async open(scenes: readonly Scene[], { done = false } = {}): Promise<Stage> {
    const stage = new Stage(scenes, done);
    await once(stage.server.listen(0, '127.0.0.1'), 'listening');
    return stage;
  }

  get client(): AssentClient {
    return new AssentClient({ url: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`, key: 'k' });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}

function text(seq: number, type: FrameType = seq === LAST ? 'run.completed' : 'trace.delta'): string {
  const frame = {
    runId: RUN_ID,
    seq,
    at: '2026-03-09T08:00:00.000Z',
    type,
    step: 1,
    clientTraceId: null,
    text: 'zu spät 🕰',
  };
  return `id: ${seq}\ndata: ${JSON.stringify(frame)}\n\n`;
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

async function read(stage: Stage, options: FramesOptions = {}): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of stage.client.frames(RUN_ID, options)) seqs.push(seq);
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
    const { value } = (await stage.client.frames(RUN_ID).next()) as { value: Frame };
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
    for await (const { seq } of stage.client.frames(RUN_ID)) if (seq === 2) break;
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
    stage = await Stage.open([(_, response) => void begin(response).end()], { done: true });
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

  it('stops with the reason of the signal', async () => {
    const abort = new AbortController();
    stage = await Stage.open([(_, response) => void begin(response, texts(1, 2))]);
    const reading = (async () => {
      for await (const { seq } of stage.client.frames(RUN_ID, { signal: abort.signal })) {
        if (seq === 2) abort.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
  });
});

it('knows the same terminal frames as the contract', () => {
  expect(new Set(TERMINAL_TYPES)).toEqual(TERMINAL_FRAME_TYPES);
});

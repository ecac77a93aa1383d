import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { eventually } from '../support/eventually';
import { Http2Caller, type Http2Response } from '../support/http2-caller';
import { decide, startPending } from '../support/pending';
import { PROXIES, openProxy, type Proxy } from '../support/proxies';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

const TOO_LARGE = 1_048_577;
const MINUTES_AS_SECONDS = 60;

/** Events of a stream up to the one that ends the reading, or to its end. */
async function eventsOf(
  response: Http2Response,
  until: (event: EventSourceMessage) => boolean = () => false,
): Promise<EventSourceMessage[]> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  for await (const chunk of response.chunks) {
    parser.feed(chunk);
    if (events.some(until)) {
      response.cancel();
      break;
    }
  }
  return events;
}

const typeOf = ({ data }: EventSourceMessage): string => (JSON.parse(data) as { type: string }).type;
const framesIn = (events: readonly EventSourceMessage[]) => events.filter(({ event }) => event === undefined);

describe.each(PROXIES)('real servers behind %s', (kind) => {
  let stage: Stage;
  let servers: readonly [Replica, Replica];
  let proxy: Proxy;
  let developer: Http2Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    servers = await Promise.all([stage.start(), stage.start()]);
    const [first, second] = servers.map(({ process }) => new URL(process.url).host);
    proxy = await openProxy(kind, [first ?? '', second ?? '']);
    developer = new Http2Caller(proxy.url, DEVELOPER_KEY);
  });
  afterAll(async () => {
    await proxy.close();
    await stage.close();
  });

  it('pass frames on as they come, over HTTP/2', async () => {
    const pending = await startPending(servers[0].developer, `${kind}.txt`, 'x');
    const response = await developer.send('GET', `/runs/${pending.runId}/frames`);
    expect([response.status, response.headers['content-type']]).toEqual([
      200,
      expect.stringMatching(/^text\/event-stream/),
    ]);
    expect(response.headers['content-encoding']).toBeUndefined();
    // The run waits, so the stream is open: a buffer would hold these frames back.
    const seen: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => seen.push(event) });
    const reading = (async () => {
      for await (const chunk of response.chunks) parser.feed(chunk);
    })();
    await eventually('the question arrives', () => framesIn(seen).some((event) => typeOf(event) === 'run.waiting'));
    await decide(servers[1].reviewer, pending, 'reject');
    await reading;
    const frames = framesIn(seen);
    expect(frames.map(({ id }) => Number(id))).toEqual(frames.map((_, index) => index + 1));
    expect(typeOf(frames.at(-1) ?? { data: '{}', id: '', event: '' })).toBe('run.completed');
  });

  it('resume a stream that was cut, without a gap', async () => {
    const pending = await startPending(servers[0].developer, `${kind}-resumed.txt`, 'x');
    const path = `/runs/${pending.runId}/frames`;
    const before = framesIn(await eventsOf(await developer.send('GET', path), ({ id }) => Number(id) >= 2));
    const last = before.at(-1)?.id ?? '';
    await decide(servers[0].reviewer, pending, 'reject');
    const after = framesIn(await eventsOf(await developer.send('GET', path, undefined, { 'last-event-id': last })));
    expect(after.map(({ id }) => Number(id))).toEqual(after.map((_, index) => Number(last) + index + 1));
    expect(typeOf(after.at(-1) ?? { data: '{}', id: '', event: '' })).toBe('run.completed');
  });

  it('answer HTTP/1.1 as well', async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${proxy.url}/readyz`, { rejectUnauthorized: false }, resolve).on('error', reject).end();
    });
    response.resume();
    expect([response.httpVersion, response.statusCode]).toEqual(['1.1', 200]);
  });

  it('keep the metrics from clients', async () => {
    expect((await developer.send('GET', '/metrics')).status).toBe(404);
  });

  it.each(['/rpc', '/mcp'])('refuse what is too large, with an announced length and without: %s', async (path) => {
    const body = 'x'.repeat(TOO_LARGE);
    const announced = await developer.send('POST', path, body, { 'content-length': String(TOO_LARGE) });
    const other = await developer.send('POST', path, body);
    expect([announced.status, other.status]).toEqual([413, 413]);
    const isServers = ({ headers }: Http2Response) => headers['content-type']?.includes('problem+json') === true;
    // HAProxy sees the announced length only; the server refuses the rest.
    expect([isServers(announced), isServers(other)]).toEqual([false, kind === 'haproxy']);
  });
});

describe.each(PROXIES)('calls through %s', (kind) => {
  let replica: Server;
  let proxy: Proxy;
  let caller: Http2Caller;
  /** Requests that the replica holds, by path. */
  const held = new Map<string, { readonly request: IncomingMessage; readonly response: ServerResponse }>();

  beforeAll(async () => {
    replica = createServer((incoming, response) => {
      if (incoming.url === '/readyz') response.end('ready');
      else held.set(incoming.url ?? '', { request: incoming, response });
    });
    replica.listen(0, '127.0.0.1');
    await once(replica, 'listening');
    const upstream = `127.0.0.1:${(replica.address() as AddressInfo).port}`;
    proxy = await openProxy(kind, [upstream, upstream], MINUTES_AS_SECONDS);
    caller = new Http2Caller(proxy.url);
  });
  afterAll(async () => {
    await proxy.close();
    replica.closeAllConnections();
    replica.close();
  });

  it.each(['/hooks/claude-code', '/mcp', '/mcp/gateway'])(
    'are held open at %s when others have timed out',
    async (path) => {
      // After a call that has timed out, nginx leaves its upstream out for two seconds.
      await eventually('the proxy serves', async () => (await caller.send('GET', '/readyz')).status === 200);
      const asked = caller.send('POST', path, '{}');
      const { response } = await eventually('the replica holds it', () => held.get(path));
      expect((await caller.send('POST', `/rpc?beside=${path}`, '{}')).status).toBe(504);
      response.end('decided');
      expect(await (await asked).text()).toBe('decided');
    },
  );

  it('carry the name that the client used, its address and its protocol', async () => {
    await eventually('the proxy serves', async () => (await caller.send('GET', '/readyz')).status === 200);
    const asked = caller.send('POST', '/hooks/headers', '{}');
    const { request: seen, response } = await eventually('the replica has it', () => held.get('/hooks/headers'));
    expect(seen.headers).toMatchObject({
      host: new URL(proxy.url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
    });
    response.end();
    await asked;
  });

  it('end at the replica when the client is gone', async () => {
    const session = caller.send('POST', '/hooks/gone', '{}');
    session.catch(() => undefined);
    const { response } = await eventually('the replica holds it', () => held.get('/hooks/gone'));
    const closed = once(response, 'close');
    caller.drop();
    await closed;
    await expect(session).rejects.toThrow();
  });

  it('are never sent twice by it', async () => {
    await eventually('the proxy serves', async () => (await caller.send('GET', '/readyz')).status === 200);
    const asked = caller.send('POST', '/hooks/once', '{}');
    const { response } = await eventually('the replica holds it', () => held.get('/hooks/once'));
    held.delete('/hooks/once');
    const failed = asked.then(
      ({ status }) => status,
      (error: unknown) => String(error),
    );
    response.destroy();
    // HAProxy leaves it to the client to send the call again.
    expect(await failed).toEqual(kind === 'haproxy' ? expect.stringContaining('REFUSED_STREAM') : 502);
    expect(held.has('/hooks/once')).toBe(false);
  });
});

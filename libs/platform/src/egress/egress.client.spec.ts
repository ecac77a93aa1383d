import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { EgressClient, type EgressOptions, type EgressRequest } from './egress.client';

const OPEN = '127.0.0.0/8';
const MAX_BYTES = 1_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('the way out', () => {
  let server: Server;
  let port: number;
  let handler: Handler;
  let requests: number;
  const sockets = new Set<Socket>();
  const clients: EgressClient[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests += 1;
      handler(request, response);
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  beforeEach(() => {
    requests = 0;
    handler = (_, response) => response.end('hello');
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(Array.from(sockets, (socket) => new Promise((done) => socket.once('close', done))));
  });

  afterAll(async () => {
    server.close();
    await once(server, 'close');
  });

  function get(url: string, options: EgressOptions = { allow: OPEN }, more: Partial<EgressRequest> = {}) {
    const client = new EgressClient(options);
    clients.push(client);
    return client.request({ method: 'GET', url, headers: [], maxResponseBytes: MAX_BYTES, ...more });
  }

  it('returns status, headers and body', async () => {
    handler = (_, response) => response.writeHead(201, { 'x-answer': ['a', 'b'] }).end('hello');
    const answer = await get(`http://127.0.0.1:${port}/x?y=1`);
    expect({ ...answer, body: String(answer.body) }).toMatchObject({
      status: 201,
      headers: { 'x-answer': 'a, b' },
      body: 'hello',
      truncated: false,
    });
  });

  it('sends method, headers and body unchanged, once', async () => {
    const seen: unknown[] = [];
    handler = (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, tag: request.headers['x-tag'], body });
        response.end();
      });
    };
    await get(
      `http://127.0.0.1:${port}/x`,
      { allow: OPEN },
      { method: 'POST', headers: [['x-tag', 'é']], body: 'é\n' },
    );
    expect(seen).toEqual([{ method: 'POST', url: '/x', tag: 'é', body: 'é\n' }]);
  });

  it.each([
    ['the literal', 'http://127.0.0.1'],
    ['a decimal literal', 'http://2130706433'],
    ['a mapped literal', 'http://[::ffff:127.0.0.1]'],
    ['a name that the system resolves', 'http://localhost'],
  ])('does not reach loopback through %s', async (_, origin) => {
    await expect(get(`${origin}:${port}/`, {})).rejects.toMatchObject({ reason: 'forbidden' });
    expect({ requests, sockets: sockets.size }).toEqual({ requests: 0, sockets: 0 });
  });

  it('checks every address of a name, and refuses all if one is not public', async () => {
    const resolve = () =>
      Promise.resolve([
        { address: '8.8.8.8', family: 4 },
        { address: '::ffff:127.0.0.1', family: 6 },
      ]);
    await expect(get(`http://mixed.example:${port}/`, { resolve })).rejects.toMatchObject({ reason: 'forbidden' });
    expect(requests).toBe(0);
  });

  it('refuses a name without an address', async () => {
    await expect(get('http://empty.example/', { resolve: () => Promise.resolve([]) })).rejects.toMatchObject({
      reason: 'forbidden',
    });
  });

  it('connects to the checked address, even if the name resolves to another one afterwards', async () => {
    const answers = [{ address: '127.0.0.1', family: 4 }];
    let asked = 0;
    const resolve = () => {
      asked += 1;
      return Promise.resolve(asked === 1 ? answers : [{ address: '10.0.0.1', family: 4 }]);
    };
    const { body } = await get(`http://rebinding.example:${port}/`, { allow: OPEN, resolve });
    expect({ body: String(body), asked }).toEqual({ body: 'hello', asked: 1 });
  });

  it('resolves a name again for each request', async () => {
    const addresses = ['127.0.0.1', '10.0.0.1'];
    const resolve = () => Promise.resolve([{ address: addresses.shift() ?? '', family: 4 }]);
    const client = new EgressClient({ allow: OPEN, resolve });
    const request = { method: 'GET', url: `http://name.example:${port}/`, headers: [], maxResponseBytes: 10 } as const;
    await client.request(request);
    await expect(client.request(request)).rejects.toMatchObject({ reason: 'forbidden' });
  });

  it('returns a redirect and does not follow it', async () => {
    handler = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    await expect(get(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({
      status: 302,
      headers: { location: 'http://169.254.169.254/' },
    });
    expect(requests).toBe(1);
  });

  it('uses no proxy from the environment', async () => {
    const before = process.env['HTTP_PROXY'];
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
    try {
      await expect(get(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({ status: 200 });
    } finally {
      if (before === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = before;
    }
  });

  it('stops reading an endless body at the limit', async () => {
    handler = (_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536, 'x')));
      };
      response.on('drain', more);
      more();
    };
    const answer = await get(`http://127.0.0.1:${port}/`);
    expect({ bytes: answer.body.length, truncated: answer.truncated }).toEqual({ bytes: MAX_BYTES, truncated: true });
  });

  it('does not report a body of exactly the maximum size as truncated', async () => {
    handler = (_, response) => response.end('x'.repeat(MAX_BYTES));
    await expect(get(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({ truncated: false });
  });

  it.each<[string, EgressOptions['timeouts'], Partial<EgressRequest>, Handler]>([
    ['sends no headers', { headers: 50 }, {}, () => undefined],
    ['stops in its body', { idle: 50 }, {}, (_, response) => response.write('x')],
    ['takes too long as a whole', {}, { totalTimeoutMs: 50 }, (_, response) => response.write('x')],
  ])('ends on a response that %s, and reports that the request was sent', async (_, timeouts = {}, more, answer) => {
    handler = answer;
    await expect(get(`http://127.0.0.1:${port}/`, { allow: OPEN, timeouts }, more)).rejects.toMatchObject({
      reason: 'timeout',
      details: { transport: true, sent: true },
    });
  });

  it('reports that nothing was sent if the port is closed', async () => {
    const free = createTcpServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port: closedPort } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    await expect(get(`http://127.0.0.1:${closedPort}/`)).rejects.toMatchObject({
      reason: 'overloaded',
      message: expect.stringContaining('Nothing was sent'),
      details: { transport: true, sent: false },
    });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['resets', (socket) => socket.resetAndDestroy()],
    ['speaks something else', (socket) => socket.end('SSH-2.0-x\r\n')],
    ['sends endless headers', (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`)],
  ])('reports a peer that %s as a transport fault, without a retry', async (_, answer) => {
    let connections = 0;
    const peer = createTcpServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.once('data', () => {
        answer(socket);
      });
    }).listen(0, '127.0.0.1');
    await once(peer, 'listening');
    const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}/`;
    await expect(get(url, { allow: OPEN }, { method: 'PUT', body: 'x' })).rejects.toMatchObject({
      details: { transport: true, sent: true },
    });
    peer.close();
    await once(peer, 'close');
    expect(connections).toBe(1);
  });

  it("ends at once with the reason of the caller's abort", async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    handler = () => controller.abort(reason);
    await expect(get(`http://127.0.0.1:${port}/`, { allow: OPEN }, { signal: controller.signal })).rejects.toBe(reason);
    await expect(get(`http://127.0.0.1:${port}/`, { allow: OPEN }, { signal: controller.signal })).rejects.toBe(reason);
    expect(requests).toBe(1);
  });

  it('ends requests in flight when it is closed, and accepts no more', async () => {
    const client = new EgressClient({ allow: OPEN });
    const request = { method: 'GET', url: `http://127.0.0.1:${port}/`, headers: [], maxResponseBytes: 10 } as const;
    const arrived = new Promise<void>((resolve) => {
      handler = () => {
        resolve();
      };
    });
    const ends = expect(client.request(request)).rejects.toMatchObject({ details: { transport: true } });
    await arrived;
    await client.close();
    await client.close();
    await ends;
    await expect(client.request(request)).rejects.toMatchObject({ reason: 'draining' });
  });

  it('refuses an invalid EGRESS_ALLOW', () => {
    expect(() => new EgressClient({ allow: 'everything' })).toThrow(/not an address range/);
  });
});

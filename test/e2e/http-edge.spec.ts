import { connect } from 'node:net';
import type { Caller } from '../support/caller';
import { startPending } from '../support/pending';
import { rawRequest } from '../support/raw-request';
import { Stage, type Replica } from '../support/stage';

const KNOWN = { jsonrpc: '2.0', id: 7, method: 'tool/list' };
const UNKNOWN_ID = '00000000-0000-7000-8000-000000000000';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

describe('the HTTP edge', () => {
  let stage: Stage;
  let server: Replica;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    developer = server.developer;
  });
  afterAll(() => stage.close());

  const expectProblem = async (response: Response, status: number): Promise<void> => {
    expect([response.status, response.headers.get('content-type')]).toEqual([status, PROBLEM_TYPE]);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ type: expect.any(String), title: expect.any(String), status });
    expect(text.endsWith('}\n')).toBe(true);
  };
  const raw = (...head: string[]) => {
    const { host } = new URL(server.process.url);
    return rawRequest(server.process.url, [head[0] ?? '', `Host: ${host}`, ...head.slice(1), '', '']);
  };

  describe('protects browsers', () => {
    const protective = {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
    };

    it.each([
      ['GET', '/livez', 200],
      ['GET', '/readyz', 200],
      ['GET', '/metrics', 200],
      ['GET', '/openapi.json', 200],
      ['GET', '/docs', 200],
      ['GET', '/docs/swagger-ui.css', 200],
      ['GET', '/runs', 200],
      ['GET', `/runs/${UNKNOWN_ID}`, 404],
      ['GET', '/nowhere', 404],
      ['GET', '/%zz', 400],
      ['DELETE', '/runs', 405],
      ['OPTIONS', '/runs', 405],
      ['POST', '/rpc', 415],
    ])('on the answer to %s %s', async (method, path, status) => {
      const response = await developer.fetch(path, { method });
      expect([response.status, Object.fromEntries(response.headers)]).toMatchObject([status, protective]);
    });

    it('on streams, on answers to pages of other origins, and on what is not HTTP', async () => {
      const stream = await developer.fetch('/approvals/events', { headers: { accept: 'text/event-stream' } });
      expect([stream.status, Object.fromEntries(stream.headers)]).toMatchObject([200, protective]);
      await stream.body?.cancel();
      const foreign = await developer.fetch('/runs', { headers: { origin: 'https://evil.example' } });
      expect([foreign.status, Object.fromEntries(foreign.headers)]).toMatchObject([403, protective]);
      expect(await raw('GET /nowhere#%zz HTTP/1.1')).toMatchObject({ status: 404 });
      const { status, head } = await raw('GET / HTTP/9.9');
      expect(status).toBe(400);
      for (const name of Object.keys(protective)) expect(head.toLowerCase()).toContain(`${name}: `);
    });

    it('lets an answer of the API load nothing, and the documentation load from this server only', async () => {
      const policyOf = async (path: string) =>
        (await developer.fetch(path)).headers.get('content-security-policy')?.split('; ') ?? [];
      expect(await policyOf('/runs')).toEqual(
        expect.arrayContaining(["default-src 'none'", "frame-ancestors 'none'", "form-action 'none'"]),
      );
      const docs = await policyOf('/docs');
      expect(docs).toEqual(
        expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
      );
      expect(docs.join()).not.toMatch(/https?:|\*/);
    });
  });

  describe('HEAD', () => {
    it.each(['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/docs/swagger-ui.css', '/runs', '/approvals'])(
      'answers on %s what GET does, without the body',
      async (path) => {
        const [get, head] = [await developer.fetch(path), await developer.fetch(path, { method: 'HEAD' })];
        expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
          get.status,
          get.headers.get('content-type'),
          '',
        ]);
        if (path !== '/metrics')
          expect(head.headers.get('content-length')).toBe(String((await get.arrayBuffer()).byteLength));
      },
    );

    it('needs the credentials that GET needs', async () => {
      expect((await fetch(`${server.process.url}/runs`, { method: 'HEAD' })).status).toBe(401);
      expect((await developer.fetch(`/runs/${UNKNOWN_ID}`, { method: 'HEAD' })).status).toBe(404);
    });

    it('opens no stream, and leaves a ticket unused', async () => {
      const { runId } = await startPending(developer, 'head.txt', 'x');
      const events = { accept: 'text/event-stream' };
      for (const path of ['/approvals/events', `/runs/${runId}/frames`]) {
        const head = await developer.fetch(path, { method: 'HEAD', headers: events });
        expect([head.status, await head.text()]).toEqual([200, '']);
        expect(head.headers.get('content-type')).toContain('text/event-stream');
      }
      const ticket = (await (await developer.post('/stream-tickets', { runId })).json()) as { url: string };
      for (const accept of ['text/event-stream', 'application/json'])
        expect(
          (await fetch(`${server.process.url}${ticket.url}`, { method: 'HEAD', headers: { accept } })).status,
        ).toBe(200);
      const stream = await fetch(`${server.process.url}${ticket.url}`);
      expect(stream.status).toBe(200);
      await stream.body?.cancel();
    });
  });

  describe('another method', () => {
    it.each([
      ['POST', '/livez', 'GET, HEAD'],
      ['DELETE', '/runs', 'GET, HEAD'],
      ['PATCH', `/runs/${UNKNOWN_ID}`, 'GET, HEAD'],
      ['GET', '/rpc', 'POST'],
      ['GET', '/approvals/decisions', 'POST'],
      ['GET', `/approvals/${UNKNOWN_ID}/approve`, 'POST'],
      ['GET', `/approvals/${UNKNOWN_ID}/reject`, 'POST'],
      ['GET', `/approvals/${UNKNOWN_ID}/callback`, 'POST'],
      ['PUT', `/approvals/${UNKNOWN_ID}/approve`, 'POST'],
      ['POST', '/flags/auto_approval', 'DELETE, PUT'],
      ['POST', '/docs', 'GET, HEAD'],
      ['TRACE', '/keys', 'GET, HEAD, POST'],
    ])('%s %s is answered 405 with Allow: %s', async (method, path, allow) => {
      // fetch refuses to send TRACE.
      const { status, head, body } = await raw(`${method} ${path} HTTP/1.1`, 'Connection: close');
      expect([status, /^allow: (.+)$/im.exec(head)?.[1]]).toEqual([405, allow]);
      expect(JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1))).toMatchObject({
        status: 405,
        title: 'Method Not Allowed',
      });
    });

    it('that HTTP does not have here is answered 501', async () => {
      const { status } = await raw('PROPFIND /runs HTTP/1.1', 'Connection: close');
      expect(status).toBe(501);
    });
  });

  describe('takes what means the same', () => {
    it.each([
      'application/json; charset=utf8',
      'application/json; charset=UTF8',
      'application/json;',
      'application/json; charset=utf-8;',
      'application/json; charset=',
      'application/json ; charset="UTF-8"',
      'application/json; profile="x"',
    ])('the content type "%s"', async (type) => {
      const response = await developer.post('/rpc', KNOWN, { 'content-type': type });
      expect([response.status, await response.json()]).toMatchObject([200, { id: 7, result: {} }]);
    });

    it.each(['application/json; charset=utf-16', 'application/json5', 'application/jsonp; charset=utf-8', 'text/json'])(
      'but not the content type "%s"',
      async (type) => {
        await expectProblem(await developer.post('/rpc', KNOWN, { 'content-type': type }), 415);
      },
    );

    it('a body that says it is not encoded', async () => {
      const response = await developer.post('/rpc', KNOWN, { 'content-encoding': 'identity' });
      expect(response.status).toBe(200);
      await expectProblem(await developer.post('/rpc', KNOWN, { 'content-encoding': 'br' }), 415);
    });

    it('an address with a slash at its end', async () => {
      for (const path of ['/approvals/', '/runs/', '/livez/', `/runs/?limit=1`])
        expect([path, (await developer.fetch(path)).status]).toEqual([path, 200]);
      expect((await developer.post('/rpc/', KNOWN)).status).toBe(200);
      await expectProblem(await developer.fetch('/approvals//'), 404);
    });
  });

  describe('answers as a problem document', () => {
    it('an address that cannot be decoded, and one whose id is too long', async () => {
      await expectProblem(await developer.fetch('/runs/%zz'), 400);
      await expectProblem(await developer.fetch(`/runs/${'x'.repeat(300)}`), 414);
    });

    it.each([
      ['no HTTP', ['hello'], 400],
      ['an unknown version', ['GET / HTTP/9.9'], 400],
      ['two lengths', ['POST /rpc HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2'], 400],
      ['headers that are too large', ['GET /livez HTTP/1.1', `X-Large: ${'x'.repeat(20_000)}`], 431],
      ['an expectation that nobody meets', ['POST /rpc HTTP/1.1', 'Expect: 200-ok', 'Content-Length: 2'], 417],
    ])('%s', async (_, head, status) => {
      const [first = '', ...others] = head;
      const answer = await raw(first, `Authorization: Bearer ${developer.key}`, ...others);
      expect([answer.status, /^content-type: (.+)$/im.exec(answer.head)?.[1]]).toEqual([status, PROBLEM_TYPE]);
      expect(JSON.parse(answer.body)).toMatchObject({ type: 'about:blank', status, requestId: expect.any(String) });
    });

    it('says how much a body may have', async () => {
      const response = await developer.post('/rpc', 'x'.repeat(1_048_577));
      expect([response.status, await response.json()]).toMatchObject([
        413,
        { detail: expect.stringMatching('1048576') },
      ]);
    });
  });

  describe('Expect: 100-continue', () => {
    /** The first response of the server to headers whose body is held back. */
    const firstWord = (length: number, key: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { hostname, host, port } = new URL(server.process.url);
        const socket = connect(Number(port), hostname, () => {
          const head = [
            'POST /rpc HTTP/1.1',
            `Host: ${host}`,
            `Authorization: Bearer ${key}`,
            'Content-Type: application/json',
            `Content-Length: ${length}`,
            'Expect: 100-continue',
          ];
          socket.write([...head, '', ''].join('\r\n'));
        });
        socket.once('data', (chunk) => {
          socket.destroy();
          resolve(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1] ?? '');
        });
        socket.once('error', reject);
      });

    it('is met for a request that is admitted, and answered at once for one that is not', async () => {
      expect(await firstWord(1_048_576, developer.key)).toBe('100');
      expect(await firstWord(1_048_577, developer.key)).toBe('413');
      expect(await firstWord(10, 'wrong')).toBe('401');
    });

    it('goes on with the body once it is met', async () => {
      const body = JSON.stringify(KNOWN);
      const { host } = new URL(server.process.url);
      const answer = await rawRequest(server.process.url, [
        'POST /rpc HTTP/1.1',
        `Host: ${host}`,
        `Authorization: Bearer ${developer.key}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Expect: 100-continue',
        'Connection: close',
        '',
        body,
      ]);
      expect([answer.status, answer.body]).toEqual([100, expect.stringContaining('HTTP/1.1 200 OK')]);
    });
  });

  it('ends an answer in JSON with a line break', async () => {
    expect(await (await developer.post('/rpc', KNOWN)).text()).toMatch(/\}\n$/);
    expect(await (await developer.post('/rpc', [KNOWN])).text()).toMatch(/\]\n$/);
    expect(await (await developer.post('/stream-tickets', { stream: 'approvals' })).text()).toMatch(/\}\n$/);
    expect(await (await developer.post('/rpc', '[]')).text()).toMatch(/\}\n$/);
  });
});

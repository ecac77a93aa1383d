import { gzipSync } from 'node:zlib';
import { Caller, type WireAnswer } from '../support/caller';
import { rawRequest } from '../support/raw-request';
import { Stage, type Replica } from '../support/stage';

const KNOWN = { jsonrpc: '2.0', id: 7, method: 'tool/list' };
const UNKNOWN_RUN = '00000000-0000-7000-8000-000000000000';

describe('POST /rpc', () => {
  let stage: Stage;
  let server: Replica;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    developer = server.developer;
  });
  afterAll(() => stage.close());

  const send = async (body: unknown, headers?: Record<string, string>): Promise<[number, WireAnswer]> => {
    const response = await developer.post('/rpc', body, headers);
    return [response.status, (await response.json()) as WireAnswer];
  };
  const expectProblem = async (response: Response, status: number): Promise<Record<string, unknown>> => {
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      status,
      detail: expect.any(String),
    });
    expect(problem['requestId']).toBe(response.headers.get('x-request-id'));
    return problem;
  };

  describe('what it refuses before reading messages', () => {
    it.each([
      'text/plain',
      'application/json; charset=latin1',
      'application/jsonp',
      'application/x-www-form-urlencoded',
    ])('answers 415 to the content type %s', async (type) => {
      await expectProblem(await developer.post('/rpc', KNOWN, { 'content-type': type }), 415);
    });

    it.each([
      'application/json',
      'application/json; charset=utf-8',
      'application/json;charset=UTF-8',
      'Application/JSON; charset="utf-8"',
    ])('takes the content type %s', async (type) => {
      expect(await send(KNOWN, { 'content-type': type })).toMatchObject([200, { id: 7, result: { cursor: null } }]);
    });

    it('answers 415 to no body at all', async () => {
      await expectProblem(await developer.fetch('/rpc', { method: 'POST' }), 415);
    });

    it('answers 415 to a compressed body', async () => {
      const body = gzipSync(JSON.stringify(KNOWN));
      await expectProblem(await developer.post('/rpc', body, { 'content-encoding': 'gzip' }), 415);
    });

    it('takes a body of exactly 1 MiB and answers 413 to one byte more', async () => {
      const frame = JSON.stringify({ ...KNOWN, params: { pad: '' } });
      const exact = frame.replace('"pad":""', `"pad":"${'x'.repeat(1_048_576 - frame.length)}"`);
      expect(Buffer.byteLength(exact)).toBe(1_048_576);
      expect(await send(exact)).toMatchObject([200, { error: { code: -32602 } }]);
      await expectProblem(await developer.post('/rpc', `${exact} `), 413);
    });

    it('answers 401 with a challenge without credentials, and with wrong ones', async () => {
      for (const headers of [
        {},
        { authorization: 'Bearer nobody-knows-this-key-0123456789' },
        { authorization: 'Basic eDp5' },
      ]) {
        const response = await fetch(`${server.process.url}/rpc`, {
          method: 'POST',
          body: JSON.stringify(KNOWN),
          headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
        });
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(await expectProblem(response, 401)).toMatchObject({ type: 'urn:assent:error:unauthenticated' });
      }
    });

    it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('answers 405 to %s', async (method) => {
      const response = await developer.fetch('/rpc', { method });
      expect(response.headers.get('allow')).toBe('POST');
      await expectProblem(response, 405);
    });

    it('answers 404 to an unknown address', async () => {
      await expectProblem(await developer.fetch('/nowhere'), 404);
    });

    it('answers 403 to a page of another origin and to a foreign Host', async () => {
      await expectProblem(await developer.post('/rpc', KNOWN, { origin: 'https://evil.example' }), 403);
      const { port } = new URL(server.process.url);
      const foreign = await rawRequest(server.process.url, [
        'POST /rpc HTTP/1.1',
        `Host: evil.example:${port}`,
        `Authorization: Bearer ${developer.key}`,
        'Content-Type: application/json',
        `Content-Length: ${JSON.stringify(KNOWN).length}`,
        '',
        JSON.stringify(KNOWN),
      ]);
      expect(foreign.status).toBe(403);
      expect(JSON.parse(foreign.body)).toMatchObject({ status: 403, type: 'urn:assent:error:forbidden' });
    });

    it('takes its own origin', async () => {
      expect((await developer.post('/rpc', KNOWN, { origin: server.process.url })).status).toBe(200);
    });

    it('refuses a request with two Host headers', async () => {
      const { host } = new URL(server.process.url);
      const { status } = await rawRequest(server.process.url, [
        'GET /livez HTTP/1.1',
        `Host: ${host}`,
        `Host: ${host}`,
        '',
        '',
      ]);
      expect(status).toBe(400);
    });
  });

  describe('a payload that is not messages', () => {
    it.each([
      ['broken JSON', '{"jsonrpc":', -32700],
      ['an empty body', '', -32700],
      ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"tool/list"}', -32700],
      ['a duplicate key', '{"jsonrpc":"2.0","id":1,"id":2,"method":"tool/list"}', -32700],
      ['the same key in two spellings', '{"jsonrpc":"2.0","id":1,"\\u0069d":2,"method":"tool/list"}', -32700],
      ['half a surrogate pair', '{"jsonrpc":"2.0","id":"\\ud800","method":"tool/list"}', -32700],
      ['the character U+0000', '{"jsonrpc":"2.0","id":1,"method":"tool/list","params":{"a":"\\u0000"}}', -32700],
      ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, -32700],
      ['the key __proto__', '{"jsonrpc":"2.0","id":1,"method":"tool/list","params":{"__proto__":{}}}', -32700],
      ['an empty batch', '[]', -32600],
    ])('answers 400 and one error with id null to %s', async (_, body, code) => {
      const [status, answer] = await send(body);
      expect([status, answer.id, answer.error?.code]).toEqual([400, null, code]);
      expect(answer.error?.data).toEqual({ type: expect.any(String), retryable: false, requestId: expect.any(String) });
    });

    it('refuses bytes that are not UTF-8', async () => {
      const body = Buffer.from('{"jsonrpc":"2.0","id":"\xff","method":"tool/list"}', 'latin1');
      expect(await send(body)).toMatchObject([400, { id: null, error: { code: -32700 } }]);
    });

    it('takes a batch of 50 and refuses one of 51', async () => {
      const [status, answers] = await send(Array.from({ length: 50 }, (_, id) => ({ ...KNOWN, id })));
      expect([
        status,
        (answers as unknown as WireAnswer[]).map(({ id }) => id).toSorted((a, b) => Number(a) - Number(b)),
      ]).toEqual([200, Array.from({ length: 50 }, (_, id) => id)]);
      expect(await send(Array.from({ length: 51 }, () => KNOWN))).toMatchObject([
        400,
        { id: null, error: { code: -32600 } },
      ]);
    });
  });

  describe('messages', () => {
    it('answers each of a mixed batch by itself and notifications not at all', async () => {
      const [status, answers] = await send([
        { ...KNOWN, id: 'a' },
        { jsonrpc: '2.0', method: 'tool/list' },
        { ...KNOWN, id: 'b', method: 'no/such' },
        42,
        { ...KNOWN, id: 'c', params: { extra: 1 } },
      ]);
      expect(status).toBe(200);
      expect((answers as unknown as WireAnswer[]).map(({ id, error }) => [id, error?.code ?? 'result'])).toEqual([
        ['a', 'result'],
        ['b', -32601],
        [null, -32600],
        ['c', -32602],
      ]);
    });

    it('answers 202 without a body to notifications only, one or a batch, even wrong ones', async () => {
      const notification = { jsonrpc: '2.0', method: 'tool/list' };
      for (const body of [notification, [notification, { ...notification, method: 'no/such' }]]) {
        const response = await developer.post('/rpc', body);
        expect([response.status, await response.text()]).toEqual([202, '']);
      }
    });

    it.each([1, 0, -1, Number.MAX_SAFE_INTEGER, 'x', 'a b', '~'.repeat(128)])('gives the id %p back', async (id) => {
      expect(await send({ ...KNOWN, id })).toMatchObject([200, { jsonrpc: '2.0', id, result: {} }]);
    });

    it.each([null, 1.5, 2 ** 53, '', 'x'.repeat(129), 'tab\t', 'ü', true, {}, []])(
      'refuses the id %p with id null',
      async (id) => {
        expect(await send({ ...KNOWN, id })).toMatchObject([200, { id: null, error: { code: -32600 } }]);
      },
    );

    it.each([
      ['another version', { ...KNOWN, jsonrpc: '1.0' }],
      ['no version', { id: 1, method: 'tool/list' }],
      ['a method that is no string', { ...KNOWN, method: 1 }],
      ['params that are a number', { ...KNOWN, params: 1 }],
      ['params that are null', { ...KNOWN, params: null }],
      ['a method and a result', { ...KNOWN, result: 1 }],
      ['a bare string', 'x'],
    ])('answers -32600 to %s', async (_, message) => {
      expect(await send(JSON.stringify(message))).toMatchObject([200, { id: null, error: { code: -32600 } }]);
    });

    it.each(['no/such', '__proto__', 'constructor', 'toString', '', 'Start'])(
      'answers -32601 to the method %p',
      async (method) => {
        expect(await send({ ...KNOWN, method })).toMatchObject([200, { id: 7, error: { code: -32601 } }]);
      },
    );

    it.each([
      ['a property too many', 'run/get', { runId: UNKNOWN_RUN, more: 1 }, '/more'],
      ['a missing one', 'run/get', {}, '/runId'],
      ['a wrong type', 'run/list', { limit: 'x' }, '/limit'],
      ['a name with a slash', 'run/list', { 'a/b~': 1 }, '/a~1b~0'],
      ['an unknown value', 'run/list', { state: 'asleep' }, '/state'],
      ['a cursor of nobody', 'run/list', { cursor: 'x' }, '/cursor'],
      ['positional params', 'run/get', [UNKNOWN_RUN], ''],
    ])('answers -32602 with a pointer to %s', async (_, method, params, pointer) => {
      const error = await developer.fail(method, params);
      expect([error.code, error.data['pointer']]).toEqual([-32602, pointer]);
    });

    it('tells of every error its type, whether to try again, and the request id that stands in the header', async () => {
      const response = await developer.post('/rpc', { ...KNOWN, method: 'run/get', params: { runId: UNKNOWN_RUN } });
      const { error } = (await response.json()) as WireAnswer;
      expect(error).toEqual({
        code: -32001,
        message: expect.stringContaining(UNKNOWN_RUN),
        data: { type: 'urn:assent:error:not-found', retryable: false, requestId: response.headers.get('x-request-id') },
      });
    });

    it('takes the request id of the caller', async () => {
      const response = await developer.post('/rpc', { ...KNOWN, method: 'no/such' }, { 'x-request-id': 'mine-1' });
      expect(await response.json()).toMatchObject({ error: { data: { requestId: 'mine-1' } } });
    });

    it('answers -32003 with the missing scope', async () => {
      expect(await server.reviewer.fail('start', { goal: 'x' })).toMatchObject({
        code: -32003,
        data: { scope: 'run:write' },
      });
    });

    it('answers 404 to a response for a request nobody has sent', async () => {
      const response = await developer.post('/rpc', { jsonrpc: '2.0', id: `req_${UNKNOWN_RUN}`, result: {} });
      await expectProblem(response, 404);
    });

    it('lets no stack, SQL or path out, for any input', async () => {
      const hostile = ["'; drop table runs; --", '../../../etc/passwd', '%00', '${7*7}', 'x'.repeat(100_000)];
      const texts = await Promise.all(
        hostile
          .flatMap((text) => [
            developer.post('/rpc', { ...KNOWN, method: text }),
            developer.post('/rpc', { ...KNOWN, method: 'run/get', params: { runId: text } }),
            developer.post('/rpc', { ...KNOWN, method: 'memory/search', params: { query: text } }),
            developer.post('/rpc', { ...KNOWN, method: 'tree/score', params: { tree: { [text]: text } } }),
            developer.fetch(`/runs/${encodeURIComponent(text.slice(0, 200))}`),
          ])
          .map(async (response) => (await response).text()),
      );
      for (const text of texts) {
        expect(text.length).toBeLessThan(2_000);
        expect(text).not.toMatch(/node_modules|\bat .+:\d+:\d+|select .+ from|syntax error|\/(?:work|home|tmp|usr)\//i);
        expect(text).not.toContain(stage.folder);
      }
    });
  });

  it('is still well afterwards', async () => {
    expect((await developer.fetch('/readyz')).status).toBe(200);
  });
});

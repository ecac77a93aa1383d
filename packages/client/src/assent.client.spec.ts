import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { AssentClient } from './assent.client';
import { AssentHttpError, AssentRpcError } from './errors';

const HASH = `sha256:${'0'.repeat(64)}`;
const DATA = { type: 'urn:assent:error:not-found', retryable: false, requestId: 'r1' };

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly ifMatch: string | undefined;
  readonly body: unknown;
}

/** A real HTTP server that writes down what it is asked and answers what the test has set. */
describe('AssentClient', () => {
  let server: Server;
  let asked: Asked[];
  let answer: { status: number; type: string; body: string };
  let client: AssentClient;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      void readAll(request).then((body) => {
        const { method, url, headers } = request;
        const { authorization, 'if-match': ifMatch } = headers;
        asked.push({ method, url, authorization, ifMatch, body: body === '' ? null : (JSON.parse(body) as unknown) });
        response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = new AssentClient({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`,
      key: 'secret',
    });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  function say(status: number, body: unknown, type = 'application/json; charset=utf-8'): void {
    answer = { status, type, body: typeof body === 'string' ? body : JSON.stringify(body) };
  }

  it('calls a method below the path of the server and gives its result', async () => {
    say(200, { jsonrpc: '2.0', id: 1, result: { items: [], cursor: null } });
    expect(await client.call('tool/list', {})).toEqual({ items: [], cursor: null });
    expect(asked).toEqual([
      {
        method: 'POST',
        url: '/base/rpc',
        authorization: 'Bearer secret',
        ifMatch: undefined,
        body: { jsonrpc: '2.0', id: 1, method: 'tool/list', params: {} },
      },
    ]);
  });

  it.each([200, 400])('turns a JSON-RPC error that comes with status %i into an AssentRpcError', async (status) => {
    say(status, { jsonrpc: '2.0', id: null, error: { code: -32001, message: 'There is no run x', data: DATA } });
    const failure: unknown = await client.call('run/get', { runId: 'x' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentRpcError);
    expect(failure).toMatchObject({ method: 'run/get', code: -32001, message: 'There is no run x', data: DATA });
  });

  it('turns a refusal by HTTP into an AssentHttpError with its problem', async () => {
    const problem = {
      type: 'urn:assent:error:unauthenticated',
      title: 'No valid credentials',
      status: 401,
      detail: 'No key.',
    };
    say(401, problem, 'application/problem+json');
    const failure: unknown = await client.call('tool/list', {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentHttpError);
    expect(failure).toMatchObject({ status: 401, problem, message: 'No key.' });
  });

  it.each(['<html>', 'null', '{"hello":1}'])('says that %s is not what an Assent server answers', async (body) => {
    say(200, body);
    await expect(client.call('tool/list', {})).rejects.toBeInstanceOf(AssentHttpError);
  });

  it('sends notifications without an id and answers to requests of the server with theirs', async () => {
    say(202, '');
    await client.notify('run/cancel', { runId: 'x' });
    await client.respond('req_1', { decision: 'approve', hash: HASH });
    expect(asked.map(({ body }) => body)).toEqual([
      { jsonrpc: '2.0', method: 'run/cancel', params: { runId: 'x' } },
      { jsonrpc: '2.0', id: 'req_1', result: { decision: 'approve', hash: HASH } },
    ]);
  });

  it('binds a decision to the content hash by If-Match', async () => {
    say(200, { state: 'approved' });
    await client.approve('a/1', HASH, 'fine');
    await client.reject('a2', HASH);
    expect(asked.map(({ url, ifMatch, body }) => ({ url, ifMatch, body }))).toEqual([
      { url: '/base/approvals/a%2F1/approve', ifMatch: `"${HASH}"`, body: { comment: 'fine' } },
      { url: '/base/approvals/a2/reject', ifMatch: `"${HASH}"`, body: {} },
    ]);
  });

  it('filters approvals by the query', async () => {
    say(200, { items: [], cursor: null });
    await client.approvals({ state: 'pending', limit: 5 });
    expect(asked[0]?.url).toBe('/base/approvals?state=pending&limit=5');
  });

  it('stops waiting when its signal says so', async () => {
    say(200, {});
    await expect(client.call('tool/list', {}, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});

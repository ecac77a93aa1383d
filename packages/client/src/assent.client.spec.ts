import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { METHODS, type MethodName } from '@assent/contract';
import { AssentClient, isRepeatable } from './assent.client';
import type { Credential } from './credential';
import { AssentConnectionError, AssentError, AssentHttpError, AssentRpcError } from './errors';

const HASH = `sha256:${'0'.repeat(64)}`;
const DATA = { type: 'urn:assent:error:not-found', retryable: false, requestId: 'r1' };

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly ifMatch: string | undefined;
  readonly body: unknown;
}

interface Answer {
  /** 0: the connection is cut instead. */
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A real HTTP server that writes down what it is asked and answers what the test has set. */
describe('AssentClient', () => {
  let server: Server;
  let asked: Asked[];
  let answer: Answer;
  /** Answers before `answer`, one each. */
  let first: Answer[];
  let client: AssentClient;

  beforeEach(async () => {
    asked = [];
    first = [];
    server = createServer((request, response) => {
      void readAll(request).then((body) => {
        const { method, url, headers } = request;
        const { authorization, 'if-match': ifMatch } = headers;
        asked.push({ method, url, authorization, ifMatch, body: body === '' ? null : (JSON.parse(body) as unknown) });
        const { status, body: said, ...named } = first.shift() ?? answer;
        if (status === 0) return void response.destroy();
        response.writeHead(status, { 'content-type': named.type, ...named.headers }).end(said);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = open({ key: 'secret' });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  function open(options: { readonly key: string } | { readonly credential: Credential; readonly timeoutMs?: number }) {
    return new AssentClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`, ...options });
  }

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
    await client.approvals.approve('a/1', HASH, { comment: 'fine', hunks: [2] });
    await client.approvals.reject('a2', HASH);
    expect(asked.map(({ url, ifMatch, body }) => ({ url, ifMatch, body }))).toEqual([
      { url: '/base/approvals/a%2F1/approve', ifMatch: `"${HASH}"`, body: { comment: 'fine', hunks: [2] } },
      { url: '/base/approvals/a2/reject', ifMatch: `"${HASH}"`, body: {} },
    ]);
  });

  it('stops waiting when its signal says so', async () => {
    say(200, {});
    await expect(client.call('tool/list', {}, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });

  const RESULT: Answer = {
    status: 200,
    type: 'application/json',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: { items: [], cursor: null } }),
  };
  const problem = (status: number, reason: string, more: object = {}, headers = {}): Answer => ({
    status,
    type: 'application/problem+json',
    body: JSON.stringify({ type: `urn:assent:error:${reason}`, title: reason, status, requestId: 'r1', ...more }),
    headers,
  });
  const SOON = { 'retry-after': '0' };
  const caught = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  describe('repeats', () => {
    const cut: Answer = { ...RESULT, status: 0 };

    it('a read when the server is busy, away, or the connection is cut', async () => {
      answer = RESULT;
      first = [problem(429, 'rate-limited', { retryable: true }, SOON), problem(503, 'draining', {}, SOON), cut];
      expect(await client.call('run/list', {})).toEqual({ items: [], cursor: null });
      expect(asked).toHaveLength(4);
    });

    it('a start with an idempotency key, with the same key; no other start', async () => {
      answer = { ...RESULT, body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: { runId: 'x' } }) };
      first = [cut];
      const run = await client.start({ goal: 'g' }, { idempotencyKey: 'k' });
      expect([run.runId, asked.length]).toEqual(['x', 2]);
      expect(asked[1]?.body).toEqual(asked[0]?.body);
      first = [cut];
      expect(await caught(client.start({ goal: 'g' }))).toBeInstanceOf(AssentConnectionError);
      expect(asked).toHaveLength(3);
    });

    it('a decision, with the same If-Match', async () => {
      answer = { ...RESULT, body: '{"state":"approved"}' };
      first = [cut, problem(503, 'overloaded', {}, SOON)];
      await client.approvals.approve('a1', HASH);
      expect(asked.map(({ ifMatch }) => ifMatch)).toEqual([`"${HASH}"`, `"${HASH}"`, `"${HASH}"`]);
    });

    it('a read whose JSON-RPC answer says that the server is full', async () => {
      answer = RESULT;
      const data = { type: 'urn:assent:error:overloaded', retryable: true, requestId: 'r1' };
      first = [
        { ...RESULT, body: JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'm', data } }) },
      ];
      await client.call('tool/list', {});
      expect(asked).toHaveLength(2);
    });

    it('nothing that will fail again, and nothing for longer than half a minute', async () => {
      answer = problem(429, 'budget-exhausted', { retryable: false });
      expect(await caught(client.call('run/list', {}))).toMatchObject({ status: 429, retryable: false });
      answer = problem(429, 'rate-limited', { retryable: true }, { 'retry-after': '3600' });
      expect(await caught(client.call('run/list', {}))).toMatchObject({ retryable: true, retryAfterMs: 3_600_000 });
      expect(asked).toHaveLength(2);
    });

    it('at once when it is told that the network is back', async () => {
      answer = RESULT;
      first = [problem(503, 'draining', {}, { 'retry-after': '29' })];
      const result = client.call('run/list', {});
      const state = { isAnswered: false };
      void result.then(() => (state.isAnswered = true));
      while (!state.isAnswered) {
        client.retryNow();
        await new Promise(setImmediate);
      }
      expect(asked).toHaveLength(2);
    });
  });

  describe('with a function for the credential', () => {
    const refused = problem(401, 'unauthenticated');

    it('asks for it once, and once more when the server refuses it', async () => {
      const tokens = ['old', 'new'];
      const credential = jest.fn(() => Promise.resolve(tokens.shift() ?? ''));
      client = open({ credential });
      answer = RESULT;
      await client.call('run/list', {});
      first = [refused];
      await client.call('run/list', {});
      expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
      expect(credential).toHaveBeenCalledTimes(2);
    });

    it('shares one new credential between requests that are refused together', async () => {
      const tokens = ['old', 'new'];
      const credential = jest.fn(() => tokens.shift() ?? '');
      client = open({ credential });
      answer = RESULT;
      first = [refused, refused];
      await Promise.all([client.call('run/list', {}), client.call('tool/list', {})]);
      expect(credential).toHaveBeenCalledTimes(2);
    });

    it('fails with the refusal when there is no other', async () => {
      answer = refused;
      client = open({ credential: () => 'same' });
      expect(await caught(client.call('run/list', {}))).toMatchObject({ status: 401 });
      expect(await caught(open({ credential: 'fixed' }).call('run/list', {}))).toMatchObject({ status: 401 });
      expect(asked).toHaveLength(2);
    });

    it('says that it failed, with the cause', async () => {
      const cause = new Error('the issuer cannot be reached');
      client = open({ credential: () => Promise.reject(cause) });
      expect(await caught(client.call('run/list', {}))).toMatchObject({ type: 'urn:assent:client:credential', cause });
    });
  });

  it('says of every error what it is, whether the call may succeed later, and what to do next', async () => {
    answer = problem(412, 'precondition-failed', { retryable: false, detail: 'It changed.' });
    const failure = await caught(client.approvals.approve('a1', HASH));
    expect(failure).toBeInstanceOf(AssentError);
    expect(failure).toMatchObject({
      type: 'urn:assent:error:precondition-failed',
      status: 412,
      retryable: false,
      requestId: 'r1',
      retryAfterMs: null,
      hint: 'The content has changed: show it again and name its new hash.',
    });
  });

  it('gives up a call that is not answered in time', async () => {
    const silent = createServer(() => undefined);
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const failure = await caught(new AssentClient({ url, key: 'k', timeoutMs: 50 }).start({ goal: 'g' }));
    expect(failure).toBeInstanceOf(AssentConnectionError);
    expect(failure).toMatchObject({ retryable: true, after: null, requestId: null });
    silent.closeAllConnections();
    await once(silent.close(), 'close');
  });

  it('decides several at once, each by its hash, and revises what is asked for', async () => {
    answer = {
      ...RESULT,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: { items: [{ approvalId: 'a1', status: 200 }] } }),
    };
    const decisions = [{ approvalId: 'a1', decision: 'approve' as const, hash: HASH }];
    expect(await client.approvals.decide(decisions)).toEqual([{ approvalId: 'a1', status: 200 }]);
    await client.approvals.revise('a1', HASH, { hunks: [1] });
    expect(asked.map(({ body }) => body)).toMatchObject([
      { method: 'approval/decide_many', params: { decisions } },
      { method: 'approval/revise', params: { approvalId: 'a1', hash: HASH, hunks: [1] } },
    ]);
  });
});

describe('which calls are repeated', () => {
  it('are not those that change something each time', () => {
    const methods: MethodName[] = [
      'start',
      'assumption/resolve',
      'planner/recalibrate',
      'tool/policy/set',
      'tool/trust',
      'approval/revise',
      'approval/policy/set',
      'memory/plan/revert',
      'memory/forget',
      'memory/optimize',
      'memory/drift/clear',
      'search/start',
      'search/select',
      'search/expand',
      'search/compare',
      'search/finish',
      'webhook/create',
      'webhook/change',
      'webhook/delete',
      'webhook/rotate_secret',
      'webhook/callback_key/issue',
      'webhook/callback_key/revoke',
      'webhook/test',
      'webhook/replay',
      'webhook/delivery/redeliver',
      'key/create',
      'key/revoke',
      'flag/set',
      'flag/clear',
    ];
    expect(methods.filter((method) => isRepeatable(method, {}))).toEqual([]);
  });

  it('are those that change nothing, by their last word, decisions, and what happens once', () => {
    const reads = (Object.keys(METHODS) as MethodName[]).filter((method) => /\/(?:get|list|count)$/.test(method));
    const others: MethodName[] = [
      'stream',
      'tree/score',
      'tool/check',
      'memory/search',
      'rpc.discover',
      'approval/decide',
      'approval/decide_many',
      'run/cancel',
      'complete',
      'diff/revert',
      'memory/import',
      'memory/plan/apply',
      'pause/clear',
      'pause/set',
    ];
    expect([...reads, ...others].filter((method) => !isRepeatable(method, {}))).toEqual([]);
  });

  it('are starts with an idempotency key', () => {
    expect(isRepeatable('start', { goal: 'x' })).toBe(false);
    expect(isRepeatable('start', { goal: 'x', idempotencyKey: 'k' })).toBe(true);
  });
});

import * as fc from 'fast-check';
import { METHODS, type MethodName } from '@assent/contract';
import { compiled } from '@assent/platform';
import { playFuzz } from './campaign';
import { draftsOf } from './drafts';
import { problemsOf, type Answer } from './expectations';
import { KnownValues } from './references';
import type { Transport } from './requests';

const LIMIT_MS = 600_000;
const SEED = 1;
const MINUTES = 0.15;
const SAMPLES = 10;
const URN = 'urn:assent:error:';
const row = METHODS['run/get'];
const params = { runId: 'no id' };

/** What the fuzzer says of an answer to `run/get`. */
function said(transport: Transport, status: number, body: unknown, type = 'application/json'): string[] {
  const answer: Answer = { status, type, text: typeof body === 'string' ? body : JSON.stringify(body) };
  return problemsOf(transport, { method: 'POST', path: '/', headers: {}, row, params }, answer);
}

function rpcError(code: number, reason: string, more: object = {}) {
  return {
    jsonrpc: '2.0',
    id: 1,
    error: { code, message: 'no', data: { type: URN + reason, retryable: false, requestId: 'r', ...more } },
  };
}

function problem(status: number, reason: string, title: string) {
  return { type: URN + reason, title, status, detail: 'no', retryable: false, requestId: 'r' };
}

describe('npm run fuzz', () => {
  it(
    'finds nothing wrong in a short run, in which operations are carried out and refused',
    async () => {
      const lines: string[] = [];
      await playFuzz({ minutes: MINUTES, seed: SEED, log: (line) => lines.push(line) });
      expect(lines).toEqual([
        expect.stringMatching(/^\d+ requests: .*mcp done [1-9].*rest done [1-9].*rpc done [1-9]/),
        expect.stringMatching(/^\d+ operations: [1-9]\d* were carried out, [1-9]\d* were refused/),
      ]);
    },
    LIMIT_MS,
  );

  it.each(Object.keys(METHODS) as MethodName[])('draws params that the schema of %s accepts', (name) => {
    const known = new KnownValues([]);
    const schema = METHODS[name].params;
    fc.assert(
      fc.property(draftsOf(schema), (draft) => {
        const check = compiled(schema);
        check(known.fill(draft, 0));
        expect(check.errors ?? []).toEqual([]);
      }),
      { numRuns: SAMPLES },
    );
  });

  it.each<[what: string, problems: string[]]>([
    ['an internal error of HTTP', said('rest', 500, 'Internal Server Error')],
    ['an internal error of JSON-RPC', said('rpc', 200, rpcError(-32_603, 'internal'))],
    ['an internal error of MCP', said('mcp', 200, { jsonrpc: '2.0', id: 1, error: { code: -32_603, message: 'no' } })],
    [
      'an internal error in a stream of MCP',
      said('mcp', 200, 'data: {"error":{"code":-32603,"message":"no"}}\n\n', 'text/event-stream'),
    ],
    ['a refusal without a pointer', said('rpc', 200, rpcError(-32_602, 'invalid'))],
    ['a pointer that leads nowhere', said('rpc', 200, rpcError(-32_602, 'invalid', { pointer: '/runs/0' }))],
    [
      'a result for params that the schema refuses',
      said('rpc', 200, { jsonrpc: '2.0', id: 1, result: row.example.result }),
    ],
    ['a result of another type', said('rest', 200, {})],
    [
      'an undeclared reason',
      said('rest', 409, problem(409, 'conflict', 'Conflict with the current state'), 'application/problem+json'),
    ],
    ['an error that is no problem', said('rest', 404, 'Not Found', 'text/plain')],
    [
      'a problem with another status',
      said('rest', 404, problem(400, 'not-found', 'Not found'), 'application/problem+json'),
    ],
  ])('reports %s', (_what, problems) => {
    expect(problems).not.toEqual([]);
  });

  it('accepts declared errors and results', () => {
    expect([
      ...said('rpc', 200, rpcError(-32_602, 'invalid', { pointer: '/runId' })),
      ...said('rest', 404, problem(404, 'not-found', 'Not found'), 'application/problem+json'),
      ...said('rest', 200, row.example.result),
    ]).toEqual([]);
  });
});

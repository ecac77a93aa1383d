import { startModelEndpoint, type ModelEndpoint } from '@assent/test-support/model-endpoint';
import {
  breaksOff,
  failsWith,
  floods,
  refuses,
  resetsAfterHeaders,
  resetsBeforeHeaders,
  says,
  saysJson,
  saysNothing,
  sendsRaw,
  silentAt,
} from '@assent/test-support/model-replies';
import type { ModelFailure } from './model.failure';
import type { ModelEvent, StreamRequest } from './model.port';
import { retryAfterOf } from './sdk.failure';
import { SdkProvider } from './sdk.provider';

let endpoint: ModelEndpoint;
let provider: SdkProvider;

beforeAll(async () => {
  endpoint = await startModelEndpoint();
  provider = new SdkProvider({
    provider: 'openai-compatible',
    baseUrl: endpoint.url,
    apiKey: 'key-of-a-test',
    model: 'm-1',
  });
});

afterAll(() => endpoint.close());

const FUNCTIONS = [
  {
    name: 'file_read',
    description: 'Reads a file',
    parameters: { type: 'object', properties: { path: { type: 'string' } } },
  },
];

function request(over: Partial<StreamRequest> = {}): StreamRequest {
  return {
    purpose: 'plan',
    step: 1,
    attempt: 1,
    messages: [
      { role: 'system', content: 'You plan.' },
      { role: 'user', content: 'Read a.txt' },
    ],
    maxOutputTokens: 64,
    signal: new AbortController().signal,
    onHeaders: () => undefined,
    functions: FUNCTIONS,
    ...over,
  };
}

async function collect(
  events: AsyncIterable<ModelEvent>,
): Promise<{ events: ModelEvent[]; failure: ModelFailure | null }> {
  const seen: ModelEvent[] = [];
  try {
    for await (const event of events) seen.push(event);
    return { events: seen, failure: null };
  } catch (error) {
    return { events: seen, failure: error as ModelFailure };
  }
}

describe('a streaming call', () => {
  it('passes on reasoning, text, parallel calls, usage and the stop reason, in order', async () => {
    endpoint.script([
      says({
        reasoning: ['The file ', 'is small.'],
        text: ['I read it.'],
        calls: [
          { name: 'file_read', args: { path: 'a.txt' } },
          { name: 'file_read', args: { path: 'b.txt' } },
        ],
      }),
    ]);
    let headers = 0;
    const { events, failure } = await collect(provider.stream(request({ onHeaders: () => (headers += 1) })));
    expect(failure).toBeNull();
    expect(headers).toBe(1);
    expect(events.filter(({ kind }) => kind !== 'name' && kind !== 'arguments')).toEqual([
      { kind: 'reasoning', text: 'The file ' },
      { kind: 'reasoning', text: 'is small.' },
      { kind: 'text', text: 'I read it.' },
      { kind: 'call', id: 'call_0', name: 'file_read', args: { path: 'a.txt' }, problem: null },
      { kind: 'call', id: 'call_1', name: 'file_read', args: { path: 'b.txt' }, problem: null },
      {
        kind: 'end',
        reason: 'calls',
        usage: { inputTokens: 100, outputTokens: 20 },
        parts: [
          { kind: 'reasoning', text: 'The file is small.' },
          { kind: 'text', text: 'I read it.' },
          { kind: 'call', id: 'call_0', name: 'file_read', args: { path: 'a.txt' } },
          { kind: 'call', id: 'call_1', name: 'file_read', args: { path: 'b.txt' } },
        ],
      },
    ]);
  });

  it('sends the key, the model, the limit, the messages and the functions', async () => {
    endpoint.script([says({ text: ['ok'] })]);
    await collect(provider.stream(request()));
    const [call] = endpoint.calls;
    expect(call?.headers.authorization).toBe('Bearer key-of-a-test');
    expect(call?.body).toMatchObject({
      model: 'm-1',
      stream: true,
      max_tokens: 64,
      messages: [
        { role: 'system', content: 'You plan.' },
        { role: 'user', content: 'Read a.txt' },
      ],
      tools: [{ function: { name: 'file_read', description: 'Reads a file' } }],
    });
  });

  it('reports a call that cannot be read, and keeps the others', async () => {
    endpoint.script([
      says({
        calls: [
          { name: 'file_read', args: '{"path": "a.t' },
          { name: 'no_such_tool', args: {} },
          { name: 'file_read', args: { path: 'b.txt' } },
        ],
      }),
    ]);
    const { events } = await collect(provider.stream(request()));
    expect(events.filter(({ kind }) => kind === 'call')).toEqual([
      {
        kind: 'call',
        id: 'call_0',
        name: 'file_read',
        args: '{"path": "a.t',
        problem: 'its arguments are not valid JSON',
      },
      { kind: 'call', id: 'call_1', name: 'no_such_tool', args: {}, problem: 'it was not offered' },
      { kind: 'call', id: 'call_2', name: 'file_read', args: { path: 'b.txt' }, problem: null },
    ]);
  });

  it('has no usage if the endpoint reports none', async () => {
    endpoint.script([says({ text: ['ok'], usage: null })]);
    const { events } = await collect(provider.stream(request()));
    expect(events.at(-1)).toMatchObject({ kind: 'end', reason: 'stop', usage: null });
  });

  it('distinguishes a refusal and a truncated answer from a normal end', async () => {
    endpoint.script([refuses('No.'), says({ text: ['I re'], finish: 'length' })]);
    const refused = await collect(provider.stream(request()));
    expect(refused.events).toEqual([
      { kind: 'text', text: 'No.' },
      expect.objectContaining({ kind: 'end', reason: 'filtered' }),
    ]);
    const cut = await collect(provider.stream(request()));
    expect(cut.events.at(-1)).toMatchObject({ kind: 'end', reason: 'length' });
  });

  it('ends without content after an empty reply', async () => {
    endpoint.script([saysNothing()]);
    const { events, failure } = await collect(provider.stream(request()));
    expect(failure).toBeNull();
    expect(events).toEqual([expect.objectContaining({ kind: 'end', reason: 'stop' })]);
  });
});

describe('a structured call', () => {
  it('sends the schema and passes the text on as it arrives, valid or not', async () => {
    endpoint.script([saysJson({ a: 1 }), says({ text: ['no', ' json'] })]);
    const schema = {
      type: 'object',
      properties: { a: { type: 'number' } },
      required: ['a'],
      additionalProperties: false,
    };
    const call = { ...request(), answer: { name: 'beliefs', schema } };
    expect((await collect(provider.structured(call))).events[0]).toEqual({ kind: 'text', text: '{"a":1}' });
    expect(endpoint.calls[0]?.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'beliefs', schema, strict: true },
    });
    const { events } = await collect(provider.structured(call));
    expect(events.slice(0, 2)).toEqual([
      { kind: 'text', text: 'no' },
      { kind: 'text', text: ' json' },
    ]);
  });
});

describe('failures', () => {
  it.each([
    ['a 429', failsWith(429, { 'retry-after': '7' }), 'rate_limited', { status: 429, retryAfterMs: 7_000 }],
    ['a 500', failsWith(500), 'server_error', { status: 500 }],
    ['a 503 with a date', failsWith(503, { 'retry-after': 'soon' }), 'server_error', { status: 503 }],
    ['a 401', failsWith(401), 'rejected', { status: 401 }],
    ['a reset before the headers', resetsBeforeHeaders(), 'connection', {}],
    ['a reset after the headers', resetsAfterHeaders(), 'connection', {}],
    ['garbage', sendsRaw(Buffer.from([0, 159, 146, 150, 10, 10, 255])), 'malformed', {}],
    ['garbage in an event', sendsRaw('data: {"choices": [nonsense\n\n'), 'malformed', {}],
    ['an error in the stream', sendsRaw('data: {"error": {"message": "out of memory"}}\n\n'), 'server_error', {}],
    ['an HTML page', sendsRaw('<html>login</html>', 'text/html'), 'malformed', {}],
    ['an empty body', sendsRaw(''), 'malformed', {}],
  ])('names %s', async (_, reply, outcome, details) => {
    endpoint.script([reply]);
    const { failure } = await collect(provider.stream(request()));
    expect(failure).toMatchObject({ name: 'ModelFailure', outcome, details });
    expect(failure?.message).not.toContain('key-of-a-test');
  });

  it('passes on the pieces before the stream broke', async () => {
    for (const how of ['reset', 'end'] as const) {
      endpoint.script([breaksOff({ text: ['I will '] }, how)]);
      const { events, failure } = await collect(provider.stream(request()));
      expect(events).toEqual([{ kind: 'text', text: 'I will ' }]);
      expect(failure?.outcome).toBe('connection');
    }
  });

  it('reports an unreachable endpoint', async () => {
    const gone = await startModelEndpoint();
    await gone.close();
    const nobody = new SdkProvider({ provider: 'openai-compatible', baseUrl: gone.url, model: 'm-1' });
    const { failure } = await collect(nobody.stream(request()));
    expect(failure).toMatchObject({ outcome: 'connection', retryable: true });
    expect(failure?.message).toContain('ECONNREFUSED');
  });

  it('limits the size of an endless answer', async () => {
    endpoint.script([floods()]);
    const { failure } = await collect(provider.stream(request()));
    expect(failure?.outcome).toBe('too_long');
    expect(await endpoint.calls[0]?.abandoned).toBe(true);
  });
});

describe('stopping', () => {
  it.each(['headers', 'first_content', 'gap'] as const)('closes the connection when aborted at %s', async (clock) => {
    endpoint.script([silentAt(clock)]);
    const abort = new AbortController();
    const reason = new Error('not wanted any more');
    const reading = collect(provider.stream(request({ signal: abort.signal })));
    while (endpoint.calls.length === 0) await new Promise(setImmediate);
    abort.abort(reason);
    expect((await reading).failure).toBe(reason);
    expect(await endpoint.calls[0]?.abandoned).toBe(true);
  });

  it('closes the connection when its reader stops', async () => {
    endpoint.script([silentAt('gap')]);
    for await (const event of provider.stream(request())) {
      expect(event).toEqual({ kind: 'text', text: 'I will ' });
      break;
    }
    expect(await endpoint.calls[0]?.abandoned).toBe(true);
    expect(endpoint.busy).toBe(0);
  });
});

describe('Retry-After', () => {
  it("is read as seconds, or as a date on the endpoint's clock", () => {
    const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
    expect(retryAfterOf('120', now)).toBe(120_000);
    expect(retryAfterOf('Wed, 21 Oct 2026 07:28:30 GMT', now)).toBe(30_000);
    expect(retryAfterOf('Wed, 21 Oct 2026 07:00:00 GMT', now)).toBe(0);
    expect(retryAfterOf('tomorrow', now)).toBeUndefined();
    expect(retryAfterOf(undefined, now)).toBeUndefined();
  });
});

import { LLMock } from '@copilotkit/aimock';
import { startRecordingProxy, type RecordingProxy } from '@assent/test-support/recording-proxy';
import type { EndpointSettings, HttpProvider } from './dialects';
import type { ModelFailure } from './model.failure';
import type { AnswerPart, ModelEvent, ModelMessage, StreamRequest } from './model.port';
import { SdkProvider } from './sdk.provider';

const FUNCTIONS = [
  {
    name: 'file_read',
    description: 'Reads a file',
    parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  },
];
const OPENING: readonly ModelMessage[] = [
  { role: 'system', content: 'You plan.' },
  { role: 'user', content: 'Read a.txt' },
];
const MODELS: Readonly<Record<HttpProvider, string>> = {
  openai: 'gpt-5',
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-3-pro',
  'openai-compatible': 'qwen3',
};
const PROVIDERS = Object.keys(MODELS) as HttpProvider[];
/** Property of a request that holds the conversation. */
const LIST: Readonly<Record<HttpProvider, string>> = {
  openai: 'input',
  anthropic: 'messages',
  google: 'contents',
  'openai-compatible': 'messages',
};

let mock: LLMock;
let proxy: RecordingProxy;

beforeAll(async () => {
  mock = new LLMock({ port: 0 });
  mock.onMessage('Read a.txt', {
    content: 'I read.',
    toolCalls: [{ name: 'file_read', arguments: '{"path":"a.txt"}' }],
    reasoning: 'It is small.',
    reasoningSignature: 'c2lnbmF0dXJl',
  });
  mock.onMessage('Go on', { content: 'Done.' });
  await mock.start();
  proxy = await startRecordingProxy(mock.url);
});

afterEach(() => proxy.clear());

afterAll(async () => {
  await proxy.close();
  await mock.stop();
});

function providerOf(provider: HttpProvider, more: Partial<EndpointSettings> = {}): SdkProvider {
  const baseUrl = `${proxy.url}/${provider === 'google' ? 'v1beta' : 'v1'}`;
  return new SdkProvider({ provider, baseUrl, apiKey: 'key-of-a-test', model: MODELS[provider], ...more });
}

function request(messages: readonly ModelMessage[]): StreamRequest {
  return {
    purpose: 'plan',
    step: 1,
    attempt: 1,
    messages,
    maxOutputTokens: 640,
    signal: new AbortController().signal,
    onHeaders: () => undefined,
    functions: FUNCTIONS,
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

function partsOf(events: readonly ModelEvent[]): readonly AnswerPart[] {
  const end = events.at(-1);
  return end?.kind === 'end' ? (end.parts ?? []) : [];
}

/** The conversation with an answer that was stored and loaded, followed by the results of its calls. */
function continued(parts: readonly AnswerPart[]): ModelMessage[] {
  const stored = JSON.parse(JSON.stringify(parts)) as AnswerPart[];
  const results = stored.flatMap((part) =>
    part.kind === 'call' ? [{ id: part.id, name: part.name, text: 'hello' }] : [],
  );
  return [
    ...OPENING,
    { role: 'assistant', content: stored },
    { role: 'tool', results },
    { role: 'user', content: 'Go on.' },
  ];
}

describe.each(PROVIDERS)('the %s dialect', (provider) => {
  it('delivers reasoning, text, calls and usage', async () => {
    const { events, failure } = await collect(providerOf(provider).stream(request(OPENING)));
    expect(failure).toBeNull();
    const said = (kind: 'reasoning' | 'text') =>
      events.map((event) => (event.kind === kind ? event.text : '')).join('');
    expect([said('reasoning'), said('text')]).toEqual(['It is small.', 'I read.']);
    expect(events.filter(({ kind }) => kind === 'call')).toMatchObject([
      { name: 'file_read', args: { path: 'a.txt' }, problem: null },
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'end', usage: { inputTokens: expect.any(Number) as number } });
  });

  it('accepts a conversation with results, and extends the previous request instead of changing it', async () => {
    const model = providerOf(provider);
    const { events } = await collect(model.stream(request(OPENING)));
    const again = await collect(model.stream(request(continued(partsOf(events)))));
    expect(again.failure).toBeNull();
    const [first, second] = proxy.requests.map(({ body }) => withoutBreakpoints(body));
    const lists = [first, second].map((body) => body?.[LIST[provider]] as unknown[]);
    expect(lists[1]?.length).toBeGreaterThan(lists[0]?.length ?? 0);
    expect(JSON.stringify(lists[1]?.slice(0, lists[0]?.length))).toBe(JSON.stringify(lists[0]));
    const head = (body: object | undefined) => JSON.stringify({ ...body, [LIST[provider]]: null });
    expect(head(second)).toBe(head(first));
    expect(proxy.requests[1]?.text).toContain('hello');
  });

  it('sends the limit, the key, and the configured headers and body properties', async () => {
    const more = { temperature: 0.3, extraBody: { x_extra: { a: 1 } }, headers: { 'x-team': 'blue' } };
    await collect(providerOf(provider, { ...more, model: 'plain-model' }).stream(request(OPENING)));
    const [sent] = proxy.requests;
    expect(sent?.text).toContain('640');
    expect(sent?.body).toMatchObject({ x_extra: { a: 1 } });
    expect(sent?.headers).toMatchObject({ 'x-team': 'blue' });
    expect(JSON.stringify(sent?.headers)).toContain('key-of-a-test');
    expect(sent?.text).toContain('0.3');
  });

  it.each([
    ['a page', 200, 'text/html', '<html><title>Sign in</title></html>', 'malformed', 'Sign in'],
    [
      'an error body',
      200,
      'application/json',
      '{"error":{"message":"No capacity","code":503}}',
      'server_error',
      'No capacity',
    ],
    [
      'a 429 inside a 200',
      200,
      'text/event-stream',
      'data: {"error":{"message":"Slow down","code":429}}\n\n',
      'rate_limited',
      'Slow down',
    ],
    [
      'an error event',
      200,
      'text/event-stream',
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
      'server_error',
      'Overloaded',
    ],
    ['an empty body', 200, 'text/event-stream', '', 'malformed', 'empty body'],
    [
      'a 401',
      401,
      'application/json',
      '{"error":{"message":"Bad key key-of-a-test, team-secret"}}',
      'rejected',
      '[redacted]',
    ],
  ])('reports %s under its own outcome', async (_, status, type, body, outcome, words) => {
    proxy.rewrite(() => ({ status, type, body }));
    const { failure } = await collect(
      providerOf(provider, { headers: { 'x-key': 'team-secret' } }).stream(request(OPENING)),
    );
    expect(failure).toMatchObject({ name: 'ModelFailure', outcome });
    expect(failure?.message).toContain(words);
    expect(failure?.message).not.toMatch(/key-of-a-test|team-secret/);
  });

  it('treats a stream that ends early as incomplete, for every point at which it can end', async () => {
    let sent: string[] = [];
    proxy.rewrite((answer) => {
      sent = answer.body.split(/(?<=\n\n)/u).filter((event) => event.trim() !== '');
      return answer;
    });
    await collect(providerOf(provider).stream(request(OPENING)));
    const enough = sent.findIndex((event) => ENDS.test(event));
    expect(enough).toBeGreaterThan(1);
    for (const kept of [1, Math.ceil(enough / 2), enough]) {
      proxy.rewrite((answer) => ({ ...answer, body: sent.slice(0, kept).join('') }));
      const { events: seen, failure } = await collect(providerOf(provider).stream(request(OPENING)));
      expect(failure?.outcome).toMatch(/^(connection|malformed)$/);
      expect(seen.some(({ kind }) => kind === 'end')).toBe(false);
    }
  });
});

/** The event with the finish reason, per dialect. */
const ENDS = /"stop_reason":"|"finishReason":"|"finish_reason":"|response\.completed/u;

/** Cache breakpoints move to the end of the conversation with every request. */
function withoutBreakpoints(body: unknown): Record<string, unknown> {
  const text = JSON.stringify(body, (name, value: unknown) => (name === 'cache_control' ? undefined : value));
  return JSON.parse(text) as Record<string, unknown>;
}

describe('opaque provider data', () => {
  it.each([
    ['openai', 'reasoning', /"encrypted_content":"([^"]+)"/],
    ['anthropic', 'reasoning', /"signature":"(c2lnbmF0dXJl)"/],
  ] as const)('is returned unchanged: %s', async (provider, kind, pattern) => {
    const { events } = await collect(providerOf(provider, { reasoningEffort: 'low' }).stream(request(OPENING)));
    const parts = partsOf(events);
    const carried = parts.find((part) => part.kind === kind)?.items;
    expect(carried).toBeDefined();
    await collect(providerOf(provider, { reasoningEffort: 'low' }).stream(request(continued(parts))));
    const sent = pattern.exec(proxy.requests[1]?.text ?? '')?.[1];
    expect(sent).toBeDefined();
    expect(JSON.stringify(carried)).toContain(sent);
  });

  it('is returned unchanged: google', async () => {
    const call = { functionCall: { name: 'file_read', args: { path: 'a.txt' } }, thoughtSignature: 'dGhvdWdodA==' };
    const candidate = { content: { role: 'model', parts: [call] }, finishReason: 'STOP' };
    proxy.rewrite((answer) => ({
      ...answer,
      body: `data: ${JSON.stringify({ candidates: [candidate], usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2 } })}\n\n`,
    }));
    const { events } = await collect(providerOf('google').stream(request(OPENING)));
    await collect(providerOf('google').stream(request(continued(partsOf(events)))));
    expect(proxy.requests[1]?.body).toMatchObject({
      contents: [{}, { role: 'model', parts: [{ thoughtSignature: 'dGhvdWdodA==' }] }, {}, {}],
    });
  });

  it('is not stored at OpenAI', async () => {
    await collect(providerOf('openai').stream(request(OPENING)));
    expect(proxy.requests[0]?.body).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
  });

  it('is told that functions are not strict, for their schemas have open objects', async () => {
    await collect(providerOf('openai').stream(request(OPENING)));
    expect(proxy.requests[0]?.body).toMatchObject({ tools: [{ name: 'file_read', strict: false }] });
  });
});

describe('the parameter for the answer limit', () => {
  const refused = {
    status: 400,
    type: 'application/json',
    body: '{"error":{"message":"Unsupported parameter: \'max_tokens\' is not supported with this model. Use \'max_completion_tokens\' instead.","param":"max_tokens","code":"unsupported_parameter"}}',
  };
  const fields = () => proxy.requests.map(({ body }) => Object.keys(body).filter((name) => name.startsWith('max_')));

  it('is renamed once after a refusal, and keeps the new name', async () => {
    proxy.rewrite((answer) => (proxy.requests.length === 1 ? refused : answer));
    const model = providerOf('openai-compatible');
    expect((await collect(model.stream(request(OPENING)))).failure).toBeNull();
    expect((await collect(model.stream(request(OPENING)))).failure).toBeNull();
    expect(fields()).toEqual([['max_tokens'], ['max_completion_tokens'], ['max_completion_tokens']]);
  });

  it('is not renamed after an unrelated refusal, or a second time', async () => {
    proxy.rewrite(() => ({ ...refused, body: '{"error":{"message":"max_tokens must be at least 1"}}' }));
    const model = providerOf('openai-compatible');
    expect((await collect(model.stream(request(OPENING)))).failure?.outcome).toBe('rejected');
    expect(fields()).toEqual([['max_tokens']]);
    proxy.rewrite(() => refused);
    expect((await collect(model.stream(request(OPENING)))).failure?.message).toContain('max_completion_tokens');
    expect(fields()).toEqual([['max_tokens'], ['max_tokens'], ['max_completion_tokens']]);
  });

  it('is not searched for in a refusal that is too long', async () => {
    proxy.rewrite(() => ({ ...refused, body: `${' '.repeat(17 * 1024 * 1024)}${refused.body}` }));
    const { failure } = await collect(providerOf('openai-compatible').stream(request(OPENING)));
    expect(failure?.outcome).toBe('too_long');
    expect(fields()).toEqual([['max_tokens']]);
  });

  it.each([
    ['max_tokens', ['max_tokens']],
    ['max_completion_tokens', ['max_completion_tokens']],
    ['none', []],
  ] as const)('has the configured name: %s', async (maxTokensField, sent) => {
    await collect(providerOf('openai-compatible', { maxTokensField }).stream(request(OPENING)));
    expect(fields()).toEqual([sent]);
  });

  it.each([
    ['openai', { reasoning: { effort: 'low' } }],
    ['anthropic', { thinking: { type: 'adaptive' }, output_config: { effort: 'low' }, max_tokens: 640 }],
    ['google', { generationConfig: { thinkingConfig: { thinkingLevel: 'low' }, maxOutputTokens: 640 } }],
    ['openai-compatible', { reasoning_effort: 'low', max_tokens: 640 }],
  ] as const)('includes reasoning tokens: %s', async (provider, sent) => {
    await collect(providerOf(provider, { reasoningEffort: 'low' }).stream(request(OPENING)));
    expect(proxy.requests[0]?.body).toMatchObject(sent);
  });
});

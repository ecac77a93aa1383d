import { startModelEndpoint, type ModelEndpoint } from '@assent/test-support/model-endpoint';
import { failsMidway, failsWith, sendsRaw, type EndpointReply } from '@assent/test-support/model-replies';
import { quoted } from './endpoint.message';
import type { StreamRequest } from './model.port';
import { SdkProvider } from './sdk.provider';

const KEY = 'key-of-a-"test"/1';
const SETTINGS = { baseUrl: 'http://models.internal:8443/v1', apiKey: KEY };

describe('quoted text of an endpoint', () => {
  it.each([
    [`The key ${KEY} is wrong, ${KEY}!`, 'The key [redacted] is wrong, [redacted]!'],
    [JSON.stringify({ key: KEY }), '{"key":"[redacted]"}'],
    [`?key=${encodeURIComponent(KEY)}`, '?key=[redacted]'],
    ['got "Authorization: Bearer abc.def", not that', 'got "Authorization: Bearer [redacted]", not that'],
    ['Incorrect API key: sk-proj-12**34.', 'Incorrect API key: [redacted]'],
    ['POST https://me:p@ss@gateway.example/v1 failed', 'POST https://[redacted]@gateway.example/v1 failed'],
    ['connect ECONNREFUSED ::1:8080', 'connect ECONNREFUSED [redacted]'],
    ['upstream 10.0.0.7:8080 is gone', 'upstream [redacted] is gone'],
    ['no route to models.internal:8443 or models.internal', 'no route to [redacted] or [redacted]'],
    ['Out of\n\tmemory. \0\uD83D', 'Out of memory. \uFFFD\uFFFD'],
  ])('holds no secret and fits on a line: %j', (words, expected) => {
    expect(quoted(words, SETTINGS)).toBe(expected);
  });

  it('is redacted before it is cut, so that no partial key remains', () => {
    expect(quoted(`${'x'.repeat(295)} ${KEY}`, SETTINGS)).toBe(`${'x'.repeat(295)} [red...`);
    expect(quoted(`${'x'.repeat(299)}😀`, SETTINGS)).toBe(`${'x'.repeat(299)}...`);
  });
});

describe('a failure', () => {
  let endpoint: ModelEndpoint;

  beforeAll(async () => {
    endpoint = await startModelEndpoint();
  });

  afterAll(() => endpoint.close());

  const echo = `Incorrect key ${KEY} (Bearer ${KEY}) at http://user:${KEY}@10.1.2.3:80/v1`;
  const echoes: [string, EndpointReply][] = [
    ['401', failsWith(401, {}, echo)],
    ['400', failsWith(400, {}, echo)],
    ['500', failsWith(500, {}, echo)],
    ['429', failsWith(429, {}, echo)],
    ['an error in the stream', failsMidway({ text: ['I will '] }, echo)],
    ['a page', sendsRaw(echo, 'text/html')],
    ['an event that is no JSON', sendsRaw(`data: ${echo}\n\n`)],
  ];

  it.each(echoes)('has the key neither in its message nor in its causes: %s', async (_, reply) => {
    endpoint.script([reply]);
    const failure = await failing(
      new SdkProvider({ provider: 'openai-compatible', baseUrl: endpoint.url, apiKey: KEY, model: 'm-1' }),
    );
    expect(failure).toMatchObject({ name: 'ModelFailure' });
    const whole = `${failure.message} ${failure.stack ?? ''} ${JSON.stringify(failure)}`;
    for (const secret of ['key-of-a', '10.1.2.3', 'user:']) expect(whole).not.toContain(secret);
    expect(failure.cause).toBeUndefined();
  });

  it('has no key that is invalid as a header value', async () => {
    const apiKey = 'first-line\nsecond-line';
    const failure = await failing(
      new SdkProvider({ provider: 'openai-compatible', baseUrl: endpoint.url, apiKey, model: 'm-1' }),
    );
    expect(failure.message).not.toMatch(/first-line|second-line/);
  });

  it('of a connection names the code, not the address', async () => {
    const gone = await startModelEndpoint();
    await gone.close();
    const failure = await failing(new SdkProvider({ provider: 'openai-compatible', baseUrl: gone.url, model: 'm-1' }));
    expect(failure.message).toBe('The connection to the model endpoint failed: ECONNREFUSED.');
    expect(failure.cause).toBeUndefined();
  });
});

async function failing(provider: SdkProvider): Promise<Error> {
  const request: StreamRequest = {
    purpose: 'plan',
    step: 1,
    attempt: 1,
    maxOutputTokens: 64,
    functions: [],
    messages: [{ role: 'user', content: 'Read a.txt' }],
    signal: new AbortController().signal,
    onHeaders: () => undefined,
  };
  try {
    for await (const event of provider.stream(request)) expect(event.kind).toBe('text');
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
  }
  throw new Error('it did not fail');
}

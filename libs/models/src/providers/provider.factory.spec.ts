import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Environment } from '@assent/platform';
import type { ModelFailure } from './model.failure';
import type { ModelEvent, ModelRequest } from './model.port';
import { createModelProvider } from './provider.factory';
import { readScript } from './scripted.provider';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assent-script-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function script(content: unknown): string {
  const path = join(folder, 'script.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function env(variables: Partial<Environment>): Environment {
  return Object.assign(new Environment(), variables);
}

const REPLIES = { replies: [{ text: 'hello' }] };

describe('the configured provider', () => {
  it('is absent when nothing is configured', () => {
    expect(createModelProvider(env({}))).toBeNull();
    expect(createModelProvider(env({ LLM_MODEL: 'm-1', LLM_API_KEY: 'k' }))).toBeNull();
  });

  it('is the endpoint if LLM_BASE_URL is set, else the script', () => {
    const LLM_SCRIPT = script(REPLIES);
    const endpoint = { LLM_BASE_URL: 'http://127.0.0.1:1/v1', LLM_MODEL: 'm-1' };
    expect(createModelProvider(env({ ...endpoint, LLM_SCRIPT }))).toMatchObject({
      name: 'openai-compatible',
      model: 'm-1',
    });
    expect(createModelProvider(env({ LLM_SCRIPT }))).toMatchObject({ name: 'scripted' });
    expect(createModelProvider(env({ ...endpoint, LLM_SCRIPT, LLM_PROVIDER: 'scripted' }))).toMatchObject({
      name: 'scripted',
    });
  });

  it.each([
    [{ LLM_BASE_URL: 'http://127.0.0.1:1/v1' }, 'set LLM_MODEL, or unset LLM_BASE_URL'],
    [{ LLM_PROVIDER: 'openai-compatible' as const }, 'set LLM_BASE_URL and LLM_MODEL, or unset LLM_PROVIDER'],
    [{ LLM_PROVIDER: 'scripted' as const }, 'set LLM_SCRIPT, or unset LLM_PROVIDER'],
    [{ LLM_PROVIDER: 'openai' as const }, 'set LLM_API_KEY and LLM_MODEL, or unset LLM_PROVIDER'],
    [{ LLM_PROVIDER: 'anthropic' as const, LLM_MODEL: 'm-1' }, 'set LLM_API_KEY, or unset LLM_PROVIDER'],
    [{ LLM_PROVIDER: 'google' as const, LLM_API_KEY: 'k' }, 'set LLM_MODEL, or unset LLM_PROVIDER'],
  ])('names the settings that are missing beside %j', (variables, remedy) => {
    expect(() => createModelProvider(env(variables))).toThrow(remedy);
  });
});

describe('additional headers and body properties', () => {
  const endpoint = { LLM_BASE_URL: 'http://127.0.0.1:1/v1', LLM_MODEL: 'm-1' };

  it.each(['{"a": ', '[]', '"x"', 'null', '{"authorization": 1}'])('must be a JSON object, not %s', (text) => {
    const LLM_EXTRA_HEADERS = text;
    expect(() => createModelProvider(env({ ...endpoint, LLM_EXTRA_HEADERS }))).toThrow(
      'LLM_EXTRA_HEADERS is not a JSON',
    );
  });

  it('are not repeated in the error', () => {
    const secret = { ...endpoint, LLM_EXTRA_BODY: '{"key": "not-for-logs"' };
    expect(() => createModelProvider(env(secret))).toThrow(/^(?!.*not-for-logs).*LLM_EXTRA_BODY is not a JSON object/);
  });
});

describe('a script', () => {
  it.each([
    ['{"replies": [', 'cannot be read as JSON'],
    [{ replies: [] }, 'is not a script: /replies'],
    [{ replies: [{ txt: 'a typo' }] }, 'is not a script: /replies/0'],
    [{ replies: [{ pattern: '(' }] }, 'not a regular expression: ('],
  ])('that is invalid is refused: %j', (content, problem) => {
    expect(() => readScript(script(content))).toThrow(problem);
    expect(() => readScript(script(content))).toThrow('LLM_SCRIPT');
  });

  it('that does not exist is refused', () => {
    expect(() => readScript(join(folder, 'none.json'))).toThrow('LLM_SCRIPT');
  });

  const provider = () =>
    readScript(
      script({
        replies: [
          { purpose: 'compose', json: { assumptions: [] }, usage: { inputTokens: 3, outputTokens: 4 } },
          { step: 2, text: 'step two' },
          { attempt: 2, text: 'again' },
          { pattern: 'flaky', status: 503 },
          { pattern: 'goal: (a|b)', reasoning: 'think hard', calls: [{ name: 'file.read', args: { path: 'a' } }] },
        ],
      }),
    );

  function request(over: Partial<ModelRequest> = {}): ModelRequest {
    return {
      purpose: 'plan',
      step: 1,
      attempt: 1,
      messages: [{ role: 'user', content: 'goal: b' }],
      maxOutputTokens: 16,
      signal: new AbortController().signal,
      onHeaders: () => undefined,
      ...over,
    };
  }

  async function said(over: Partial<ModelRequest>): Promise<ModelEvent[]> {
    const events: ModelEvent[] = [];
    for await (const event of provider().stream(request(over))) events.push(event);
    return events;
  }

  it('answers with the first reply that matches purpose, step, attempt and text', async () => {
    expect(await said({})).toEqual([
      { kind: 'reasoning', text: 'think ' },
      { kind: 'reasoning', text: 'hard' },
      { kind: 'call', name: 'file.read', args: { path: 'a' }, problem: null },
      { kind: 'end', reason: 'calls', usage: null },
    ]);
    expect(await said({ purpose: 'compose' })).toEqual([
      { kind: 'text', text: '{"assumptions":[]}' },
      { kind: 'end', reason: 'stop', usage: { inputTokens: 3, outputTokens: 4 } },
    ]);
    expect((await said({ step: 2 }))[0]).toEqual({ kind: 'text', text: 'step ' });
    expect((await said({ attempt: 2 }))[0]).toEqual({ kind: 'text', text: 'again' });
  });

  it('gives the same answer on every call', async () => {
    expect(await said({})).toEqual(await said({}));
  });

  it('fails with a scripted status, and when no reply matches', async () => {
    const messages = [{ role: 'user' as const, content: 'flaky' }];
    await expect(said({ messages })).rejects.toMatchObject({ outcome: 'server_error' } satisfies Partial<ModelFailure>);
    await expect(said({ messages: [] })).rejects.toThrow('The script has no reply to plan, step 1, attempt 1.');
  });

  it('stops with the reason of the signal', async () => {
    const reason = new Error('cancelled');
    await expect(said({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

import fc from 'fast-check';
import { startModelEndpoint, type ModelEndpoint } from '@assent/test-support/model-endpoint';
import {
  breaksOff,
  dripsForEver,
  failsWith,
  resetsAfterHeaders,
  resetsBeforeHeaders,
  says,
  saysJson,
  silentAt,
} from '@assent/test-support/model-replies';
import { ModelTimeout, type ModelClock, type ModelFailure } from './model.failure';
import type { ModelEvent, ModelProvider, StreamRequest } from './model.port';
import { SdkProvider } from './sdk.provider';
import { ResilientProvider, backoffMs } from './resilient.provider';
import { ScriptedProvider } from './scripted.provider';

/** Longer than any answer in these tests takes. */
const LONG_TIMEOUT_MS = 30_000;
const SHORT_MS = 60;
/** Short, but long enough to send the request on a busy machine. */
const SENT_MS = 1_000;
const PATIENT: Readonly<Record<ModelClock, number>> = {
  headers: LONG_TIMEOUT_MS,
  first_content: LONG_TIMEOUT_MS,
  gap: LONG_TIMEOUT_MS,
  total: LONG_TIMEOUT_MS,
};

let endpoint: ModelEndpoint;
let waits: number[];

beforeAll(async () => {
  endpoint = await startModelEndpoint();
});

afterAll(() => endpoint.close());

beforeEach(() => {
  waits = [];
});

function provider(clocks: Partial<Record<ModelClock, number>> = {}, inner?: ModelProvider): ResilientProvider {
  return new ResilientProvider(
    inner ?? new SdkProvider({ provider: 'openai-compatible', baseUrl: endpoint.url, model: 'm-1' }),
    {
      clocks: { ...PATIENT, ...clocks },
      maxRetries: 3,
      random: () => 0,
      wait: (ms) => Promise.resolve(waits.push(ms)),
    },
  );
}

function request(over: Partial<StreamRequest> = {}): StreamRequest {
  return {
    purpose: 'plan',
    step: 1,
    attempt: 1,
    messages: [{ role: 'user', content: 'Go' }],
    maxOutputTokens: 64,
    signal: new AbortController().signal,
    onHeaders: () => undefined,
    functions: [],
    ...over,
  };
}

async function collect(events: AsyncIterable<ModelEvent>): Promise<{ text: string; failure: ModelFailure | null }> {
  let text = '';
  try {
    for await (const event of events) if (event.kind === 'text') text += event.text;
    return { text, failure: null };
  } catch (error) {
    return { text, failure: error as ModelFailure };
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* answering(text: string): AsyncGenerator<ModelEvent> {
  yield { kind: 'text', text };
  yield { kind: 'end', reason: 'stop', usage: null };
}

it('does not count what the provider loads as time of the endpoint', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  try {
    const inner = {
      name: 'slow',
      model: 'm-1',
      load: async () => {
        await jest.advanceTimersByTimeAsync(LONG_TIMEOUT_MS * 2);
      },
      stream: () => answering('Loaded.'),
      structured: () => answering('{}'),
    };
    const { text, failure } = await collect(provider({}, inner).stream(request()));
    expect([text, failure]).toEqual(['Loaded.', null]);
  } finally {
    jest.useRealTimers();
  }
});

describe('retries', () => {
  it.each([
    ['429', failsWith(429)],
    ['500', failsWith(500)],
    ['503', failsWith(503)],
    ['a reset before the headers', resetsBeforeHeaders()],
    ['a reset after the headers', resetsAfterHeaders()],
  ])('retries after %s, with growing pauses', async (_, fault) => {
    endpoint.script([fault, fault, says({ text: ['done'] })]);
    expect(await collect(provider().stream(request()))).toEqual({ text: 'done', failure: null });
    expect(waits).toEqual([500, 1_000]);
  });

  it('retries structured calls', async () => {
    endpoint.script([failsWith(502), saysJson({ ok: true })]);
    const call = { ...request(), answer: { name: 'a', schema: { type: 'object' } } };
    expect(await collect(provider().structured(call))).toEqual({ text: '{"ok":true}', failure: null });
  });

  it('waits as long as Retry-After asks, up to a minute', async () => {
    endpoint.script([
      failsWith(429, { 'retry-after': '7' }),
      failsWith(503, { 'retry-after': '86400' }),
      says({ text: ['done'] }),
    ]);
    await collect(provider().stream(request()));
    expect(waits).toEqual([7_000, 60_000]);
  });

  it('throws the last failure after the last retry', async () => {
    endpoint.script(() => failsWith(500));
    const { failure } = await collect(provider().stream(request()));
    expect(failure).toMatchObject({ outcome: 'server_error', details: { status: 500 } });
    expect(endpoint.calls).toHaveLength(4);
  });

  it.each([400, 401, 404])('does not retry after %i', async (status) => {
    endpoint.script(() => failsWith(status));
    expect((await collect(provider().stream(request()))).failure?.outcome).toBe('rejected');
    expect(endpoint.calls).toHaveLength(1);
  });

  it('does not retry after a part of the answer was passed on', async () => {
    endpoint.script(() => breaksOff({ text: ['half '] }, 'reset'));
    expect(await collect(provider().stream(request()))).toMatchObject({
      text: 'half ',
      failure: { outcome: 'connection' },
    });
    expect(endpoint.calls).toHaveLength(1);
  });

  it('ends the pause before a retry when it is cancelled', async () => {
    const abort = new AbortController();
    const reason = new Error('cancelled by a person');
    endpoint.script(() => failsWith(429, { 'retry-after': '60' }));
    const slow = new ResilientProvider(
      new SdkProvider({ provider: 'openai-compatible', baseUrl: endpoint.url, model: 'm-1' }),
      {
        clocks: PATIENT,
        maxRetries: 3,
      },
    );
    const reading = collect(slow.stream(request({ signal: abort.signal })));
    await endpoint.calls[0]?.abandoned;
    abort.abort(reason);
    expect((await reading).failure).toBe(reason);
  });

  it('keeps every pause between half of the backoff and the cap', () => {
    fc.assert(
      fc.property(fc.nat(12), fc.double({ min: 0, max: 1, noNaN: true }), (retry, lot) => {
        const due = Math.min(20_000, 500 * 2 ** retry);
        const pause = backoffMs(retry, undefined, lot);
        expect(pause).toBeLessThanOrEqual(due);
        expect(pause).toBeGreaterThanOrEqual(due / 2);
      }),
    );
  });
});

describe('the four clocks', () => {
  it.each([
    ['headers', silentAt('headers')],
    ['first_content', silentAt('first_content')],
    ['gap', silentAt('gap')],
    ['total', dripsForEver(5)],
  ] as const)('%s: names the clock that expired, and closes the connection', async (clock, silence) => {
    endpoint.script([silence]);
    const { failure } = await collect(provider({ [clock]: SENT_MS }).stream(request()));
    expect(failure).toBeInstanceOf(ModelTimeout);
    expect(failure).toMatchObject({ clock, afterMs: SENT_MS, outcome: `timeout_${clock}`, retryable: false });
    expect(await endpoint.calls[0]?.abandoned).toBe(true);
    expect(endpoint.busy).toBe(0);
  });

  it('does not count the time that the reader takes', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const script = new ScriptedProvider([{ text: 'a b' }]);
      const events = provider({ gap: SHORT_MS }, script).stream(request())[Symbol.asyncIterator]();
      expect(await events.next()).toMatchObject({ value: { text: 'a ' } });
      jest.advanceTimersByTime(10 * SHORT_MS);
      expect(await events.next()).toMatchObject({ value: { text: 'b' } });
      await events.return?.();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('abandons a provider that ignores its signal', async () => {
    const deaf: ModelProvider = {
      name: 'deaf',
      model: 'none',
      stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
      structured: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
    };
    const { failure } = await collect(provider({ headers: SHORT_MS }, deaf).stream(request()));
    expect(failure).toMatchObject({ clock: 'headers' });
  });
});

describe('cancellation', () => {
  it.each(['headers', 'first_content', 'gap'] as const)('at %s throws the reason unchanged', async (clock) => {
    endpoint.script([silentAt(clock)]);
    const abort = new AbortController();
    const reason = new Error('the run was cancelled');
    const reading = collect(provider().stream(request({ signal: abort.signal })));
    while (endpoint.calls.length === 0) await new Promise(setImmediate);
    abort.abort(reason);
    expect((await reading).failure).toBe(reason);
    expect(await endpoint.calls[0]?.abandoned).toBe(true);
  });

  it('sends no request when the signal is already aborted', async () => {
    endpoint.script([]);
    const reason = new Error('too late');
    expect((await collect(provider().stream(request({ signal: AbortSignal.abort(reason) })))).failure).toBe(reason);
    expect(endpoint.calls).toHaveLength(0);
  });
});

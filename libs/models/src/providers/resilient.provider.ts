import { setTimeout as pause } from 'node:timers/promises';
import { CallClocks, type ClockLimits } from './call.clocks';
import { ModelFailure } from './model.failure';
import type { ModelEvent, ModelProvider, ModelRequest, StreamRequest, StructuredRequest } from './model.port';
import { storableEvents } from './storable.events';
import { thinkingApart } from './thinking.events';

/** First pause before a retry; it doubles with each retry. Endpoints recover within seconds, not milliseconds. */
const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 20_000;
/** Longest Retry-After that is honoured in full. */
const RETRY_AFTER_MAX_MS = 60_000;
/** Random share of a pause (jitter), so that replicas that failed together do not retry together. */
const JITTER = 0.5;

export interface ResilienceOptions {
  readonly clocks: ClockLimits;
  /** Maximum number of retries after the first attempt. */
  readonly maxRetries: number;
  /** Resolves after `ms`, rejects when the signal is aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * A provider with clocks and retries, whose text can be stored (`storableEvents`). Until a part of the answer was
 * passed on, 429, 5xx and failed connections are retried with exponential backoff. A clock that expires aborts the
 * request and throws a `ModelTimeout`; an abort by the caller throws the reason of its signal.
 */
export class ResilientProvider implements ModelProvider {
  constructor(
    private readonly inner: ModelProvider,
    private readonly options: ResilienceOptions,
  ) {}

  get name(): string {
    return this.inner.name;
  }

  get model(): string {
    return this.inner.model;
  }

  stream(request: StreamRequest): AsyncIterable<ModelEvent> {
    return this.retrying(request, (attempt) => this.inner.stream({ ...request, ...attempt }));
  }

  structured(request: StructuredRequest): AsyncIterable<ModelEvent> {
    return this.retrying(request, (attempt) => this.inner.structured({ ...request, ...attempt }));
  }

  private async *retrying(request: ModelRequest, call: Call): AsyncGenerator<ModelEvent> {
    const { maxRetries, clocks, random = Math.random, wait = waitOr } = this.options;
    await this.inner.load?.();
    for (let retry = 0; ; retry += 1) {
      let passedOn = false;
      try {
        for await (const event of thinkingApart(storableEvents(guarded(request, call, clocks)))) {
          passedOn = true;
          yield event;
        }
        return;
      } catch (thrown) {
        request.signal.throwIfAborted();
        const failure = thrown instanceof ModelFailure ? thrown : unexpected(thrown);
        if (passedOn || !failure.retryable || retry >= maxRetries) throw failure;
        await wait(backoffMs(retry, failure.details.retryAfterMs, random()), request.signal);
      }
    }
  }
}

type Attempted = Pick<ModelRequest, 'signal' | 'onHeaders'>;
type Call = (attempt: Attempted) => AsyncIterable<ModelEvent>;

/**
 * Milliseconds before attempt `retry + 2`: the pause that the endpoint requested, up to a cap, else exponential
 * backoff. `lot` is a random number from 0 to 1.
 */
export function backoffMs(retry: number, retryAfterMs: number | undefined, lot: number): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, RETRY_AFTER_MAX_MS);
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** retry);
  return Math.round(full * (1 - JITTER * lot));
}

/** Makes one attempt under the clocks. In every case the request ends and no timer is left. */
async function* guarded(request: ModelRequest, call: Call, limits: ClockLimits): AsyncGenerator<ModelEvent> {
  request.signal.throwIfAborted();
  const clocks = new CallClocks(limits, request.signal);
  const { signal } = clocks;
  const onHeaders = (): void => {
    clocks.headersCame();
    request.onHeaders();
  };
  const events = call({ signal, onHeaders })[Symbol.asyncIterator]();
  try {
    for (;;) {
      // A provider that ignores its signal must not block the run.
      const next = await Promise.race([events.next(), clocks.aborted]);
      if (next.done === true) return;
      clocks.contentCame();
      yield next.value;
      clocks.waitForContent();
    }
  } finally {
    clocks.stop();
    // The request was aborted: its outcome does not matter, and waiting for it could take forever.
    void events.return?.().catch(() => undefined);
  }
}

async function waitOr(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}

function unexpected(thrown: unknown): ModelFailure {
  return new ModelFailure('malformed', 'The model provider failed in an unexpected way.', {}, { cause: thrown });
}

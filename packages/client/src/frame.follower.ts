import type { Frame, FrameType, MethodResult } from '@assent/contract';
import { pauseMs } from './back-off';
import { AssentConnectionError, AssentGapError, AssentHttpError } from './errors';
import { ConnectionLost, openEvents, orLost } from './event.stream';
import { parseJson, readJson, type HttpTransport } from './http.transport';
import type { FrameOf } from './run.view';

export interface FramesOptions<T extends FrameType = FrameType> {
  /** seq of the last frame you have. Default 0: from the beginning. */
  readonly after?: number;
  /** Only these types; default all. */
  readonly types?: readonly T[];
  readonly signal?: AbortSignal;
  /** Told about frames that retention has deleted; the stream then goes on with those that are left. Without it a gap is an error. */
  readonly onGap?: (gap: AssentGapError) => void;
  /** Milliseconds without a sign of life after which following is given up. Default 120,000: longer than a rolling update. */
  readonly reconnectTimeoutMs?: number;
  /** Milliseconds without a byte after which a connection counts as dead. Default 45,000: three pings of the server. */
  readonly idleTimeoutMs?: number;
}

export const TERMINAL_TYPES: readonly FrameType[] = ['run.completed', 'run.failed', 'run.cancelled'];

const RECONNECT_TIMEOUT_MS = 120_000;
const IDLE_TIMEOUT_MS = 45_000;
/** Until the server has said how long to wait. */
const FIRST_RETRY_MS = 1_000;
const OK = 200;
const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;

/** Follows one run over as many connections as it takes. See AssentClient.frames. */
export class FrameFollower<T extends FrameType> {
  private cursor: number;
  private retryMs = FIRST_RETRY_MS;
  private aliveAt = performance.now();
  private ended = false;

  constructor(
    private readonly transport: HttpTransport,
    private readonly runId: string,
    private readonly options: FramesOptions<T>,
  ) {
    this.cursor = options.after ?? 0;
  }

  async *follow(): AsyncGenerator<FrameOf<T>, void, undefined> {
    const { signal, types = [] } = this.options;
    const wanted = new Set<string>(types);
    for (let fruitless = 0; ;) {
      signal?.throwIfAborted();
      const before = this.cursor;
      let failure: unknown = null;
      try {
        for await (const frame of this.connection()) {
          if (wanted.size === 0 || wanted.has(frame.type)) yield frame as FrameOf<T>;
        }
        this.ended ||= this.cursor === before && (await this.isOver());
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error)) throw error;
        failure = error;
      }
      if (this.ended) return;
      this.requireServerAlive(failure);
      fruitless = this.cursor > before ? 0 : fruitless + 1;
      await pause(Math.max(pauseMs(this.retryMs, fruitless, Math.random()), retryAfterMsOf(failure)), signal);
    }
  }

  /** New frames of one connection. */
  private async *connection(): AsyncGenerator<Frame, void, undefined> {
    const { types = [], signal, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.options;
    const events = openEvents(this.transport, framesRequest(this.runId, this.cursor, types), {
      signal,
      idleTimeoutMs,
      onAlive: () => (this.aliveAt = performance.now()),
      onRetry: (retryMs) => (this.retryMs = retryMs),
    });
    for await (const { event, data } of events) {
      if (event === 'gap') this.jump(data);
      // Frames have no event name; pings, and what a newer server may send, have one.
      if (event !== undefined) continue;
      const frame = parseJson(data, OK) as Frame;
      if (frame.seq <= this.cursor) continue;
      this.cursor = frame.seq;
      this.ended = TERMINAL_TYPES.includes(frame.type);
      yield frame;
      if (this.ended) return;
    }
  }

  private jump(data: string): void {
    const { earliest } = parseJson(data, OK) as { readonly earliest: number };
    const gap = new AssentGapError(this.runId, this.cursor, earliest);
    if (!this.options.onGap) throw gap;
    this.options.onGap(gap);
    this.cursor = earliest - 1;
  }

  /** The stream of a run that was read to its end says nothing, and looks like a connection that the server has ended. */
  private async isOver(): Promise<boolean> {
    const { runId, cursor: after, options } = this;
    const body = { jsonrpc: '2.0', id: 1, method: 'stream', params: { runId, after, limit: 1 } };
    const request = { method: 'POST' as const, path: 'rpc', body, signal: options.signal };
    const answer = this.transport.exchange(request, readJson<{ readonly result?: MethodResult<'stream'> }>);
    return (await orLost(answer)).result?.done === true;
  }

  private requireServerAlive(cause: unknown): void {
    const { reconnectTimeoutMs = RECONNECT_TIMEOUT_MS } = this.options;
    if (performance.now() - this.aliveAt < reconnectTimeoutMs) return;
    throw new AssentConnectionError(this.runId, this.cursor, { cause });
  }
}

/** Terminal frames are always asked for: they end the stream, wanted or not. */
function framesRequest(runId: string, after: number, types: readonly FrameType[]) {
  const asked = types.length === 0 ? undefined : [...new Set([...types, ...TERMINAL_TYPES])].join(',');
  return {
    method: 'GET' as const,
    path: `runs/${encodeURIComponent(runId)}/frames`,
    query: { after, types: asked },
    headers: { accept: 'text/event-stream' },
  };
}

/** Whether another connection may go better. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof AssentHttpError)) return error instanceof ConnectionLost;
  const { status } = error;
  return status >= FIRST_SERVER_ERROR || status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT;
}

function retryAfterMsOf(failure: unknown): number {
  return failure instanceof AssentHttpError ? (failure.retryAfterMs ?? 0) : 0;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    signal?.addEventListener('abort', go);
  });
}

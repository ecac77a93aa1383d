import { Pauses, pauseMs } from './back-off';
import { CredentialSource, type Credential } from './credential';
import { AssentConnectionError, AssentError, AssentHttpError, AssentRpcError, type Problem } from './errors';

/** Maximum wait for a response in milliseconds: a long poll of `stream` takes up to 30 s, plus transmission. */
const RESPONSE_TIMEOUT_MS = 60_000;
const MS_PER_SECOND = 1_000;
/** Attempts after the first one. */
const MAX_RETRIES = 3;
const FIRST_PAUSE_MS = 250;
/** If the server requests a longer pause, the error is returned to the caller. */
const MAX_RETRY_AFTER_MS = 30_000;
const UNAUTHENTICATED = 401;
/** Statuses of the server or a proxy: the request was not carried out, or its result is unknown. */
const PASSING_STATUSES: readonly number[] = [429, 502, 503, 504];
const PASSING_TYPES: readonly string[] = ['rate-limited', 'overloaded', 'draining'].map(
  (reason) => `urn:assent:error:${reason}`,
);

interface Connection {
  /** Where the server is, e.g. `http://127.0.0.1:8080`; a path in it is kept. */
  readonly url: string;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Maximum wait for a response, in milliseconds; default 60,000. Streams have limits of their own. */
  readonly timeoutMs?: number;
  /**
   * Streams by `EventSource` and one-use tickets, where fetch cannot stream; pass the constructor where there is no
   * global one. Default: fetch with the header `Authorization`.
   */
  readonly eventSource?: boolean | EventSourceConstructor;
}

/** The credential is sent as `Authorization: Bearer`; `key` is the older name for a fixed one. */
export type ClientOptions = Connection &
  (
    | { readonly credential: Credential; readonly key?: undefined }
    | { readonly key: string; readonly credential?: undefined }
  );

/** The parts of `EventSource` that this client uses. */
export type EventSourceConstructor = new (url: string) => {
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
};

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  /** Below the server's address, without a leading slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** The request is idempotent: it may be repeated after a temporary failure. */
  readonly isRepeatable?: boolean;
}

/** The only holder of address, credential and fetch. */
export class HttpTransport {
  readonly pauses = new Pauses();
  readonly eventSource: EventSourceConstructor | null;
  private readonly base: string;
  private readonly credential: CredentialSource;
  private readonly fetch: typeof fetch;
  private readonly timeoutMs: number;

  constructor(options: ClientOptions) {
    const { url, credential = options.key ?? '', fetch: given, timeoutMs = RESPONSE_TIMEOUT_MS } = options;
    this.base = url.endsWith('/') ? url : `${url}/`;
    this.credential = new CredentialSource(credential);
    // Browsers refuse a fetch whose `this` is not the window.
    this.fetch = given ?? globalThis.fetch.bind(globalThis);
    this.timeoutMs = timeoutMs;
    this.eventSource = eventSourceOf(options.eventSource);
  }

  urlOf(path: string, query: TransportRequest['query'] = {}): URL {
    const url = new URL(path, this.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  /** Sends a request and waits only for the head of its response, until `signal` is aborted. */
  async send(request: TransportRequest): Promise<Response> {
    const credential = await this.credential.get();
    const response = await this.sendAs(credential, request);
    if (response.status !== UNAUTHENTICATED) return response;
    const renewed = await this.credential.renew(credential);
    if (renewed === null) return response;
    await response.body?.cancel();
    return this.sendAs(renewed, request);
  }

  /**
   * Sends a request and reads its whole response within the timeout; retries where that is safe and may help.
   * @throws AssentError; the signal's reason
   */
  async exchange<T>(request: TransportRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal, isRepeatable = request.method === 'GET' } = request;
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await this.exchangeOnce(request, read);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isRepeatable || attempt === MAX_RETRIES || !isPassing(error)) throw error;
        const pause = Math.max(pauseMs(FIRST_PAUSE_MS, attempt, Math.random()), error.retryAfterMs ?? 0);
        if (pause > MAX_RETRY_AFTER_MS) throw error;
        await this.pauses.wait(pause, signal);
      }
    }
  }

  private async exchangeOnce<T>(request: TransportRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const limit = AbortSignal.timeout(this.timeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
    try {
      return await read(await this.send({ ...request, signal }));
    } catch (cause) {
      if (cause instanceof AssentError || request.signal?.aborted === true) throw cause;
      const why = limit.aborted ? `did not answer within ${this.timeoutMs} ms` : 'cannot be reached';
      throw new AssentConnectionError(`The server at ${this.base} ${why}.`, null, {
        cause,
      });
    }
  }

  private sendAs(credential: string, { method, path, query, headers, body, signal }: TransportRequest) {
    const { fetch } = this;
    return fetch(this.urlOf(path, query), {
      method,
      headers: {
        authorization: `Bearer ${credential}`,
        ...(body === undefined ? null : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
  }
}

function eventSourceOf(wanted: Connection['eventSource'] = false): EventSourceConstructor | null {
  if (typeof wanted === 'function') return wanted;
  if (!wanted) return null;
  const { EventSource } = globalThis as { readonly EventSource?: EventSourceConstructor };
  if (EventSource) return EventSource;
  throw new TypeError('There is no global EventSource: pass its constructor as `eventSource`.');
}

function isPassing(error: unknown): error is AssentError {
  if (error instanceof AssentConnectionError) return true;
  if (error instanceof AssentRpcError) return PASSING_TYPES.includes(error.type);
  if (!(error instanceof AssentHttpError)) return false;
  return PASSING_STATUSES.includes(error.status) && error.problem.retryable !== false;
}

/** @throws AssentHttpError for any other status than 2xx */
export async function readJson<T>(response: Response): Promise<T> {
  if (!response.ok) throw await problemOf(response);
  return parseJson(await response.text(), response.status) as T;
}

/** @throws AssentHttpError when the text is not JSON */
export function parseJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unexpectedResponse(status, 'The response is not JSON');
  }
}

/** A response that does not come from an Assent server, for example from a proxy that has no replica. */
export function unexpectedResponse(status: number, what: string, retryAfterMs: number | null = null): AssentHttpError {
  const detail = `${what}: check that the address is that of an Assent server.`;
  const retryable = PASSING_STATUSES.includes(status);
  const problem = { type: 'about:blank', title: 'Not a response of Assent', status, detail, retryable };
  return new AssentHttpError(status, problem, retryAfterMs);
}

/** The error for a refused request. Reads the body. */
export async function problemOf(response: Response): Promise<AssentHttpError> {
  const { status, headers } = response;
  const text = await response.text();
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  const retryAfterMs = Number.isNaN(seconds) ? null : seconds * MS_PER_SECOND;
  if (headers.get('content-type')?.startsWith('application/problem+json') === true) {
    return new AssentHttpError(status, parseJson(text, status) as Problem, retryAfterMs);
  }
  return unexpectedResponse(status, `HTTP ${status} without problem details`, retryAfterMs);
}

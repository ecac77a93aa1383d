import { AssentHttpError, type Problem } from './errors';

/** Longest wait for an answer in milliseconds: a long-poll of `stream` takes up to 30 s, and then the way back. */
const RESPONSE_TIMEOUT_MS = 60_000;
const MS_PER_SECOND = 1_000;

export interface TransportOptions {
  /** Where the server is, e.g. `http://127.0.0.1:8080`; a path in it is kept. */
  readonly url: string;
  /** API key, sent as `Authorization: Bearer`. */
  readonly key: string;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  /** Below the server's address, without a leading slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The one place that knows address, key and fetch. */
export class HttpTransport {
  private readonly base: string;
  private readonly authorization: string;
  private readonly fetch: typeof fetch;

  constructor({ url, key, fetch: given }: TransportOptions) {
    this.base = url.endsWith('/') ? url : `${url}/`;
    this.authorization = `Bearer ${key}`;
    // Browsers refuse a fetch whose `this` is another object than the window.
    this.fetch = given ?? globalThis.fetch.bind(globalThis);
  }

  /** Sends a request and waits for the head of its answer only, as long as `signal` lets it. */
  send({ method, path, query = {}, headers, body, signal }: TransportRequest): Promise<Response> {
    const url = new URL(path, this.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const { fetch } = this;
    return fetch(url, {
      method,
      headers: {
        authorization: this.authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  }

  /** Sends a request whose whole answer must be there within a minute. */
  async exchange<T>(request: TransportRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const limit = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
    const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
    return read(await this.send({ ...request, signal }));
  }
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
    throw unexpectedResponse(status, 'The answer is not JSON: check that the address is that of an Assent server.');
  }
}

/** An answer that an Assent server does not give. */
export function unexpectedResponse(status: number, detail: string): AssentHttpError {
  return new AssentHttpError(status, { type: 'about:blank', title: 'Not an answer of Assent', status, detail });
}

/** The error a refused request stands for. Reads the body. */
export async function problemOf(response: Response): Promise<AssentHttpError> {
  const { status, headers } = response;
  const text = await response.text();
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  const retryAfterMs = Number.isNaN(seconds) ? null : seconds * MS_PER_SECOND;
  if (headers.get('content-type')?.startsWith('application/problem+json') === true) {
    return new AssentHttpError(status, parseJson(text, status) as Problem, retryAfterMs);
  }
  const detail = `HTTP ${status} without problem details: check that the address is that of an Assent server.`;
  return new AssentHttpError(status, unexpectedResponse(status, detail).problem, retryAfterMs);
}

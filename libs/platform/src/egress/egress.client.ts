import { isIP } from 'node:net';
import type { Client, Dispatcher } from 'undici';
import { AssentError } from '@assent/contract';
import type { OpenSpan } from '../telemetry/span';
import { isTracing, tracedWithin } from '../telemetry/tracing';
import { isForbidden, parseCidrs } from './address';
import { egressConnector, resolveBySystem, type Resolver } from './egress.connector';
import { forbiddenAddress, literalOf, parseTarget, type TargetRules } from './target';

const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 30_000;
/** Timeout between two chunks of a body. */
const IDLE_TIMEOUT_MS = 30_000;
const TOTAL_TIMEOUT_MS = 60_000;
/** Timeout of a DNS lookup that is only a check, because the caller waits for it. */
const VET_TIMEOUT_MS = 3_000;
const HEADERS_MAX_BYTES = 16_384;

export interface EgressOptions {
  /** Value of EGRESS_ALLOW: CIDRs, comma separated. */
  readonly allow?: string | undefined;
  /** Ports that may be used; default: any. */
  readonly ports?: readonly number[] | undefined;
  /** All in milliseconds. */
  readonly timeouts?: { readonly connect?: number; readonly headers?: number; readonly idle?: number };
  readonly resolve?: Resolver;
}

export interface EgressRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** Sent unchanged, in this order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
  /** Maximum bytes of the response body; the rest is left unread and the connection closed. */
  readonly maxResponseBytes: number;
  /** Total timeout in milliseconds; default 60,000. */
  readonly totalTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface EgressResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The body was longer than the part returned here. */
  readonly truncated: boolean;
}

/**
 * The only way to send requests to hosts that callers name: public addresses only (plus EGRESS_ALLOW), no redirects, no
 * proxy from the environment, everything limited. Each request has its own connection, so that none uses one which the
 * server has just closed; a failure before the connection is established means that nothing was sent.
 */
export class EgressClient {
  private readonly rules: TargetRules;
  private readonly open = new Set<Client>();
  private closed = false;

  /** @throws Error if `allow` is not a list of CIDRs */
  constructor(private readonly options: EgressOptions = {}) {
    this.rules = { allow: parseCidrs(options.allow), ports: options.ports };
  }

  /**
   * Checks a URL without DNS.
   * @throws AssentError `invalid`, `forbidden`
   */
  check(url: string): URL {
    return parseTarget(url, this.rules);
  }

  /**
   * Like `check`, and also resolves the name. A name that does not resolve passes: it may be set up later, and each
   * request resolves it again.
   * @throws AssentError `invalid`, `forbidden`
   */
  async vet(text: string): Promise<URL> {
    const url = this.check(text);
    const { resolve = resolveBySystem } = this.options;
    const host = literalOf(url.hostname);
    if (isIP(host) !== 0) return url;
    const late = new Promise<never[]>((done) => setTimeout(done, VET_TIMEOUT_MS, []).unref());
    const addresses = await Promise.race([resolve(host).catch(() => []), late]);
    if (addresses.some(({ address }) => isForbidden(address, this.rules.allow))) throw forbiddenAddress(host);
    return url;
  }

  /**
   * @throws AssentError `invalid` or `forbidden` for the target; `timeout` or `overloaded` with `transport: true` if
   * the request failed on the way (`sent`: the server may have received it); the reason of an aborted signal
   */
  async request(request: EgressRequest): Promise<EgressResponse> {
    const url = this.check(request.url);
    // Loaded by the first request: most servers send none in their first minutes, and start sooner.
    const undici = await import('undici');
    request.signal?.throwIfAborted();
    if (this.closed) throw new AssentError('draining', 'This server is shutting down. Nothing was sent.');
    const way = { connected: false };
    const client = this.clientFor(undici, url.origin, way);
    const total = new AbortController();
    const timer = setTimeout(() => {
      total.abort(new Error('The request took too long.'));
    }, request.totalTimeoutMs ?? TOTAL_TIMEOUT_MS);
    this.open.add(client);
    try {
      const signal = request.signal ? AbortSignal.any([request.signal, total.signal]) : total.signal;
      return await this.traced(client, url, request, signal);
    } catch (thrown) {
      request.signal?.throwIfAborted();
      throw thrown instanceof AssentError ? thrown : faultOf(thrown, url, way.connected, total.signal.aborted);
    } finally {
      clearTimeout(timer);
      this.open.delete(client);
      await client.destroy();
    }
  }

  private traced(client: Client, url: URL, request: EgressRequest, signal: AbortSignal): Promise<EgressResponse> {
    if (!isTracing()) return exchange(client, url, request, signal);
    const { method } = request;
    const attributes = { 'http.request.method': method, 'server.address': url.hostname };
    return tracedWithin(`${method} ${url.hostname}`, { kind: 'client', attributes }, async (span) => {
      const answer = await exchange(client, url, withTrace(request, span), signal);
      span?.set({ 'http.response.status_code': answer.status });
      return answer;
    });
  }

  /** Ends requests in flight; idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(Array.from(this.open, (client) => client.destroy()));
  }

  private clientFor(undici: typeof import('undici'), origin: string, way: { connected: boolean }): Client {
    const { timeouts = {}, resolve = resolveBySystem } = this.options;
    const connect = egressConnector(undici.buildConnector, {
      allow: this.rules.allow,
      resolve,
      connectTimeoutMs: timeouts.connect ?? CONNECT_TIMEOUT_MS,
    });
    return new undici.Client(origin, {
      connect: (target, callback) => {
        connect(target, (...[error, socket]) => {
          way.connected = error === null;
          if (error) callback(error, null);
          else callback(null, socket);
        });
      },
      pipelining: 0,
      headersTimeout: timeouts.headers ?? HEADERS_TIMEOUT_MS,
      bodyTimeout: timeouts.idle ?? IDLE_TIMEOUT_MS,
      maxHeaderSize: HEADERS_MAX_BYTES,
    });
  }
}

/** The server may continue the trace; a context set by the caller is kept. */
function withTrace(request: EgressRequest, span: OpenSpan | null): EgressRequest {
  if (!span || request.headers.some(([name]) => name.toLowerCase() === 'traceparent')) return request;
  return { ...request, headers: [...request.headers, ['traceparent', span.traceparent]] };
}

async function exchange(
  client: Client,
  url: URL,
  { method, headers, body, maxResponseBytes }: EgressRequest,
  signal: AbortSignal,
): Promise<EgressResponse> {
  const answer = await client.request({
    method,
    path: url.pathname + url.search,
    headers: headers.flat(),
    signal,
    ...(body === undefined ? {} : { body }),
  });
  const { chunks, truncated } = await readUpTo(answer.body, maxResponseBytes);
  return { status: answer.statusCode, headers: flatHeaders(answer.headers), body: Buffer.concat(chunks), truncated };
}

async function readUpTo(body: Dispatcher.ResponseData['body'], max: number) {
  const chunks: Uint8Array[] = [];
  let left = max;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, left));
    if (chunk.length > left) return { chunks, truncated: true };
    left -= chunk.length;
  }
  return { chunks, truncated: false };
}

function flatHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function faultOf(thrown: unknown, { host }: URL, connected: boolean, late: boolean): AssentError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const timedOut = late || /TIMEOUT|TIMEDOUT/.test(code);
  const what = timedOut ? 'did not answer in time' : 'could not be reached, or broke off';
  const known = connected ? 'It may have got the request: look there before trying again' : 'Nothing was sent';
  return transportFault(timedOut ? 'timeout' : 'overloaded', `${host} ${what}${code && ` (${code})`}. ${known}.`, {
    cause: thrown,
    sent: connected,
  });
}

/**
 * A failure on the way to another system, in contrast to its response: only these open a circuit breaker.
 * @param sent whether the server may have received the request and acted on it
 */
export function transportFault(
  reason: 'timeout' | 'overloaded',
  message: string,
  { cause, sent }: { cause?: unknown; sent: boolean },
): AssentError {
  return new AssentError(reason, message, { transport: true, sent }, { cause });
}

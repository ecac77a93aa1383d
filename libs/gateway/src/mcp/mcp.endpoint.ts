import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cancelledRequest, isJsonRpcRequest } from './mcp.messages';
import type { McpExchange } from './mcp.exchange';
import type { McpHandler, McpSdk, McpServer } from './mcp.sdk';
import { toPublicError } from '../http/public.error';
import { toProblem, toRpcError } from '../http/error.map';
import { SSE_HEADERS } from '../streams/frame.encoding';
import type { Log } from '@assent/platform';
import type { RunNotifier } from '@assent/runs';

/** Builds the server for one request. */
export type McpServerFactory = (exchange: McpExchange, era: 'legacy' | 'modern', sdk: McpSdk) => McpServer;

/** The changes that one subscription follows. */
export interface FollowedChanges {
  /** The request, with the part of its filter that is followed. */
  readonly body: unknown;
  readonly stop: () => void;
}

/** Feeds one `subscriptions/listen` stream with the changes that its caller may see. */
export type McpFeed = (
  request: unknown,
  exchange: McpExchange,
  handler: McpHandler,
  sdk: McpSdk,
) => FollowedChanges | Promise<FollowedChanges>;

interface Loaded {
  readonly sdk: McpSdk;
  readonly handler: McpHandler;
}

const KEEP_ALIVE_MS = 15_000;
const ACCEPTED = 202;
const BAD_REQUEST = 400;
/** A server error of JSON-RPC that MCP clients recognise. */
const REFUSED = -32_000;

/**
 * One MCP endpoint over Streamable HTTP for both protocol eras, without sessions. The SDK is large, so it is loaded with
 * the first request.
 */
export class McpEndpoint {
  private loading: Promise<Loaded> | null = null;
  /** Each ends one open subscription. */
  private readonly subscriptions = new Set<() => void>();
  /** Requests in progress that their clients can cancel, by endpoint, client and request id. */
  private readonly cancellable = new Map<string, McpExchange>();

  constructor(
    private readonly factory: McpServerFactory,
    private readonly log: Log,
    private readonly feed: McpFeed,
    private readonly notifier: RunNotifier,
  ) {
    notifier.onSignal(({ topic, key }) => {
      if (topic === 'mcp_cancel') this.cancellable.get(key)?.cancel();
    });
  }

  /** Ends the open subscriptions, which get no result. Calls in progress get theirs. */
  close(): void {
    for (const end of this.subscriptions) end();
  }

  async serve(request: FastifyRequest, reply: FastifyReply, exchange: McpExchange): Promise<void> {
    const { handler, sdk } = await (this.loading ??= this.load());
    const { body } = request;
    if (isJsonRpcRequest(body) && body.method === 'subscriptions/listen') {
      await this.listen(request, reply, { exchange, sdk });
      return;
    }
    this.trackCancels(request, reply, exchange);
    await this.answer(request, reply, { handler, body, exchange });
  }

  /** A subscription has its own handler, because each caller sees different changes. */
  private async listen(
    request: FastifyRequest,
    reply: FastifyReply,
    { exchange, sdk }: { readonly exchange: McpExchange; readonly sdk: McpSdk },
  ): Promise<void> {
    const handler = this.create(sdk);
    try {
      const { body, stop } = await this.feed(request.body, exchange, handler, sdk);
      // Its stream ends with a final message, after which the client subscribes again.
      this.subscribe(exchange.closed, stop);
      await this.answer(request, reply, { handler, body, exchange });
    } catch (thrown) {
      if (thrown instanceof sdk.ProtocolError) sendError(request, reply.code(BAD_REQUEST), thrown);
      else refuse(request, reply, thrown);
    }
  }

  private async answer(
    request: FastifyRequest,
    reply: FastifyReply,
    {
      handler,
      body,
      exchange,
    }: { readonly handler: McpHandler; readonly body: unknown; readonly exchange: McpExchange },
  ): Promise<void> {
    const response = await handler.fetch(webRequest(request, exchange.closed), {
      parsedBody: body,
      authInfo: { token: '', clientId: exchange.context.principal.subject, scopes: [], extra: { exchange } },
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
      await sendWhole(reply, response, exchange);
      return;
    }
    const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    const first = reader.read();
    // A refused request gets an HTTP status, which is only possible before the stream begins.
    await Promise.race([first, exchange.opened]);
    if (exchange.refusal) {
      await reader.cancel();
      refuse(request, reply, exchange.refusal);
      return;
    }
    sessionHeader(request, reply, exchange);
    void reply
      .code(response.status)
      .headers(SSE_HEADERS)
      .send(Readable.from(events(reader, first), { objectMode: false }));
  }

  /**
   * Clients of the older protocol cancel with a notification in a separate request, which may arrive at another
   * replica, and leave the stream open. Request ids are unique only within a session, so requests without a session
   * cannot be cancelled this way.
   */
  private trackCancels({ body, routeOptions }: FastifyRequest, reply: FastifyReply, exchange: McpExchange): void {
    const { givenSession, context } = exchange;
    if (givenSession === null) return;
    const { tenantId, subject } = context.principal;
    const keyOf = (id: string | number): string =>
      createHash('sha256')
        .update(JSON.stringify([routeOptions.url, tenantId, subject, givenSession, id]))
        .digest('base64url');
    const cancelled = cancelledRequest(body);
    if (cancelled !== null) this.cancel(keyOf(cancelled));
    if (!isJsonRpcRequest(body)) return;
    const key = keyOf(body.id);
    this.cancellable.set(key, exchange);
    reply.raw.once('close', () => {
      if (this.cancellable.get(key) === exchange) this.cancellable.delete(key);
    });
  }

  private cancel(key: string): void {
    const held = this.cancellable.get(key);
    if (held) held.cancel();
    else void this.notifier.signal({ topic: 'mcp_cancel', key });
  }

  private subscribe(closed: AbortSignal, end: () => void): void {
    // The client may have disconnected while its resources were read.
    if (closed.aborted) return;
    this.subscriptions.add(end);
    closed.addEventListener('abort', () => this.subscriptions.delete(end));
  }

  private async load(): Promise<Loaded> {
    const sdk = await import('@modelcontextprotocol/server');
    return { sdk, handler: this.create(sdk) };
  }

  private create(sdk: McpSdk): McpHandler {
    return sdk.createMcpHandler(
      ({ era, authInfo }) => this.factory(authInfo?.extra?.['exchange'] as McpExchange, era, sdk),
      {
        responseMode: 'sse',
        keepAliveMs: KEEP_ALIVE_MS,
        onerror: (err) => {
          this.log.debug({ err }, 'an MCP request was refused');
        },
      },
    );
  }
}

function webRequest({ method, url, headers, host, protocol }: FastifyRequest, signal: AbortSignal): Request {
  const given = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || name.startsWith(':') ? [] : [[name, [value].flat().join(', ')]],
  );
  return new Request(new URL(url, `${protocol}://${host}`), { method, headers: given, signal });
}

/** Begins at once, so that proxies and clients see that the server responds. */
async function* events(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  first: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>,
): AsyncGenerator<Uint8Array> {
  try {
    yield Buffer.from(': open\n\n');
    for (let part = await first; !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

async function sendWhole(reply: FastifyReply, response: Response, exchange: McpExchange): Promise<void> {
  const type = response.headers.get('content-type');
  if (type !== null) reply.header('content-type', type);
  exchange.open();
  const text = await response.text();
  void reply.code(response.status).send(response.status === ACCEPTED ? undefined : text);
}

/** A client of the older protocol names itself only in `initialize`. */
function sessionHeader(request: FastifyRequest, reply: FastifyReply, exchange: McpExchange): void {
  if (isJsonRpcRequest(request.body) && request.body.method === 'initialize') {
    reply.header('mcp-session-id', exchange.newSessionId());
  }
}

/** A JSON-RPC error with the HTTP status of its reason. */
function refuse(request: FastifyRequest, reply: FastifyReply, thrown: unknown): void {
  const error = toPublicError(thrown);
  const { retryAfterSeconds } = error.details;
  const { message, data } = toRpcError(error, request.id);
  reply
    .code(toProblem(error, request.id).status)
    .header('retry-after', String(typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 1));
  sendError(request, reply, { code: REFUSED, message, data });
}

function sendError(
  { body }: FastifyRequest,
  reply: FastifyReply,
  { code, message, data }: { readonly code: number; readonly message: string; readonly data?: unknown },
): void {
  const id = isJsonRpcRequest(body) ? body.id : null;
  void reply
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } }));
}

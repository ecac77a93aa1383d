import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AssentError } from '@assent/contract';
import type { CallContext } from '../call.context';

/**
 * Session ids that this server issues: a random part, which distinguishes clients, and the name of the client. No
 * replica stores them.
 */
const OWN_SESSION = /^assent\.[0-9a-f-]{36}\.(.+)$/;
const CLIENT_NAME = /^[\w][\w .@/:-]{0,63}$/;
const UNKNOWN_CLIENT = 'unknown';
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';

/** One HTTP request of an MCP client, and its response. */
export class McpExchange {
  readonly client: string;
  /** The session id of the client, unless this server issued it. */
  readonly session: string | null;
  /** The session id as the client sends it. */
  readonly givenSession: string | null;
  /** Aborted when the client disconnects before the response is complete. */
  readonly closed: AbortSignal;
  /** Aborted when the client disconnects, or cancels its request. */
  readonly signal: AbortSignal;
  /** Resolves when the response may begin. */
  readonly opened: Promise<void>;
  /** Resolves when the response ended: true when all of it was written. */
  private readonly delivered: Promise<boolean>;
  /** Why the request is refused as a whole, with an HTTP status. */
  refusal: AssentError | null = null;
  private resolveOpened: () => void = () => undefined;
  private readonly cancelled = new AbortController();

  constructor(
    request: FastifyRequest,
    reply: FastifyReply,
    readonly context: CallContext,
  ) {
    const given = request.headers['mcp-session-id'];
    this.givenSession = typeof given === 'string' ? given : null;
    const [, encodedClient] = OWN_SESSION.exec(this.givenSession ?? '') ?? [];
    this.session = encodedClient === undefined ? this.givenSession : null;
    this.client =
      clientIn(request.body) ?? (encodedClient === undefined ? null : clientOf(encodedClient)) ?? UNKNOWN_CLIENT;
    this.opened = new Promise((resolve) => (this.resolveOpened = resolve));
    const { raw } = reply;
    this.delivered = new Promise((resolve) => {
      raw.once('close', () => {
        resolve(raw.writableFinished);
      });
      raw.once('finish', () => {
        resolve(true);
      });
    });
    this.closed = context.closed();
    this.signal = AbortSignal.any([this.closed, this.cancelled.signal]);
  }

  /** A new session id for a client of the older protocol, which names itself only once. */
  newSessionId(): string {
    return `assent.${randomUUID()}.${encodeURIComponent(this.client)}`;
  }

  /** The client no longer waits for the response, although its connection stays open. */
  cancel(): void {
    this.cancelled.abort();
  }

  /** Whether the client has received the response of a call. Resolves when the response ended. */
  async received(): Promise<boolean> {
    return (await this.delivered) && !this.cancelled.signal.aborted && this.refusal === null;
  }

  /** The response may begin: the request is not refused as a whole. */
  open(): void {
    this.resolveOpened();
  }
}

/** The name in the body of an `initialize` request, or in the envelope of any request of the newer protocol. */
function clientIn(body: unknown): string | null {
  const params = member(body, 'params');
  const info = member(params, 'clientInfo') ?? member(member(params, '_meta'), CLIENT_INFO);
  const name = member(info, 'name');
  return typeof name === 'string' && CLIENT_NAME.test(name) ? name : null;
}

function clientOf(encoded: string): string | null {
  try {
    const name = decodeURIComponent(encoded);
    return CLIENT_NAME.test(name) ? name : null;
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

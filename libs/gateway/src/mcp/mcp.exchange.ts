import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AssentError } from '@assent/contract';
import type { CallContext } from '../call.context';

/** Prefix of the session ids that we give out. Such an id only carries the name of the client, so every replica knows it. */
const SESSION_PREFIX = 'assent.';
const CLIENT_NAME = /^[\w][\w .@/:-]{0,63}$/;
const UNKNOWN_CLIENT = 'unknown';
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';

/** One HTTP request of an MCP client, and its response. */
export class McpExchange {
  readonly client: string;
  /** The session id of the client, unless it is one of ours. */
  readonly session: string | null;
  /** Aborted when the client disconnects before the response is complete. */
  readonly signal: AbortSignal;
  /** Resolves when the response may begin. */
  readonly opened: Promise<void>;
  /** Resolves when the response ended: true when all of it was written. */
  readonly delivered: Promise<boolean>;
  /** Why the request is refused as a whole, with an HTTP status. */
  refusal: AssentError | null = null;
  private resolveOpened: () => void = () => undefined;

  constructor(
    request: FastifyRequest,
    reply: FastifyReply,
    readonly context: CallContext,
  ) {
    const given = request.headers['mcp-session-id'];
    const session = typeof given === 'string' ? given : null;
    const isOurs = session?.startsWith(SESSION_PREFIX) ?? false;
    this.session = isOurs ? null : session;
    this.client = clientIn(request.body) ?? (session !== null && isOurs ? clientOf(session) : null) ?? UNKNOWN_CLIENT;
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
    this.signal = context.closed();
  }

  /** The session id for a client of the older protocol, which names itself only once. */
  get sessionId(): string {
    return `${SESSION_PREFIX}${encodeURIComponent(this.client)}`;
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

function clientOf(session: string): string | null {
  try {
    const name = decodeURIComponent(session.slice(SESSION_PREFIX.length));
    return CLIENT_NAME.test(name) ? name : null;
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

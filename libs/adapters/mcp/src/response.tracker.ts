import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { EnvelopeScanner } from './envelope.scanner';

/** Maximum bytes of a message from a server. */
export const MESSAGE_MAX_BYTES = 8_388_608;
const ASKED_METHODS: ReadonlySet<string> = new Set(['tools/call', 'tools/list']);

export type JsonMembers = Readonly<Record<string, unknown>>;

/**
 * The answer of a server. `refused`: a JSON-RPC error or an HTTP status. `unusable`: the server answered, but the answer cannot be
 * read. `lost`: the transport reports that no answer will come.
 */
export type McpAnswer =
  | { readonly kind: 'result'; readonly result: JsonMembers }
  | { readonly kind: 'refused'; readonly code?: number; readonly status?: number; readonly message: string }
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'lost' };

/** A transport that passes the answers to tool requests through its tracker. */
export interface AnsweringTransport extends Transport {
  readonly answers: ResponseTracker;
}

/**
 * Separates the answers to `tools/call` and `tools/list` from transport faults. The SDK rejects a request for both, and error codes
 * of servers overlap with its own. So the SDK receives an empty result as a receipt, and the caller takes the answer from here.
 * Every rejection by the SDK is then a transport fault.
 */
export class ResponseTracker {
  private readonly expected = new Set<string>();
  private readonly kept = new Map<string, McpAnswer>();

  /** Must be called with each message before it is sent. */
  asked(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) {
      if (ASKED_METHODS.has(message.method)) this.expected.add(String(message.id));
    } else if (message.method === 'notifications/cancelled') {
      const id = String(message.params?.['requestId']);
      this.expected.delete(id);
      this.kept.delete(id);
    }
  }

  expects(id: string): boolean {
    return this.expected.has(id);
  }

  /** The message to pass to the SDK for a received value. @throws Error for a value that is not a message */
  read(value: unknown): JSONRPCMessage {
    const id = this.answeredBy(value);
    if (id === null) return JSONRPCMessageSchema.parse(value);
    return this.receipt(id, answerOf(value as JsonMembers));
  }

  /** Like `read`, for text. @throws Error for text that is neither a message nor the broken answer to a request */
  readText(text: string): JSONRPCMessage[] {
    let value: unknown;
    try {
      value = JSON.parse(text.replace(/^\ufeff/, ''));
    } catch (thrown) {
      const id = new EnvelopeScanner().push(Buffer.from(text)).answered;
      if (id === null || !this.expects(id)) throw thrown;
      return [this.receipt(id, { kind: 'unusable', why: 'it is not valid JSON' })];
    }
    return Array.isArray(value) ? value.map((item) => this.read(item)) : [this.read(value)];
  }

  /** The receipt for an answer that did not come through `read`. */
  receipt(id: string, answer: McpAnswer): JSONRPCMessage {
    this.expected.delete(id);
    this.kept.set(id, answer);
    return { jsonrpc: '2.0', id: Number(id), result: { receipt: id } };
  }

  /** The answer that a receipt stands for. */
  take({ receipt }: JsonMembers): McpAnswer {
    const id = String(receipt);
    const answer = this.kept.get(id) ?? { kind: 'lost' };
    this.kept.delete(id);
    return answer;
  }

  private answeredBy(value: unknown): string | null {
    if (!isMembers(value) || 'method' in value) return null;
    const { id } = value;
    if ((typeof id === 'string' || typeof id === 'number') && this.expects(String(id))) return String(id);
    // A server that could not read the request cannot repeat its id. A single pending request identifies it.
    const [only = null, ...others] = this.expected;
    return (id === null || id === undefined) && 'error' in value && others.length === 0 ? only : null;
  }
}

export function tooLong(): McpAnswer {
  return { kind: 'unusable', why: `it is longer than ${MESSAGE_MAX_BYTES} bytes` };
}

export function isMembers(value: unknown): value is JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function answerOf({ result, error }: JsonMembers): McpAnswer {
  if (error !== undefined && error !== null) return refusal(error);
  if (isMembers(result)) return { kind: 'result', result };
  return { kind: 'unusable', why: 'it has neither a result object nor an error' };
}

/** @param status of the HTTP response that carried it */
export function refusal(error: unknown, status?: number): McpAnswer {
  const { code, message } = isMembers(error) ? error : { code: undefined, message: error };
  return {
    kind: 'refused',
    ...(typeof code === 'number' && { code }),
    ...(status !== undefined && { status }),
    message: typeof message === 'string' ? message : '',
  };
}

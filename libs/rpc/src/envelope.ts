/** JSON-RPC 2.0 messages as they come in: pure, no method is looked up here. */

export type RequestId = string | number;

export interface RpcCall {
  readonly kind: 'call';
  /** null: a notification, nobody waits for an answer. */
  readonly id: RequestId | null;
  readonly method: string;
  readonly params: unknown;
}

/** A client's answer to a request of the server. */
export interface RpcReply {
  readonly kind: 'reply';
  readonly id: string;
  readonly result: unknown;
  readonly error: { readonly message: string } | null;
}

export interface RpcBadMessage {
  readonly kind: 'bad';
  readonly problem: string;
}

export type RpcMessage = RpcCall | RpcReply | RpcBadMessage;

const PRINTABLE_ID = /^[\x20-\x7e]{1,128}$/;

/** Reads one message. Whatever is wrong with it comes back as `bad`, with a sentence that says what. */
export function readMessage(value: unknown): RpcMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('a message must be an object');
  const message = value as Readonly<Record<string, unknown>>;
  if (message['jsonrpc'] !== '2.0') return bad('"jsonrpc" must be "2.0"');
  return 'method' in message ? readCall(message) : readReply(message);
}

function readCall(message: Readonly<Record<string, unknown>>): RpcCall | RpcBadMessage {
  const { id, method, params } = message;
  if ('id' in message && !isRequestId(id))
    return bad('"id" must be a string of 1 to 128 printable characters or a safe integer');
  if (typeof method !== 'string') return bad('"method" must be a string');
  if ('result' in message || 'error' in message) return bad('a message has either "method" or "result" and "error"');
  if ('params' in message && (typeof params !== 'object' || params === null)) return bad('"params" must be an object');
  return { kind: 'call', id: isRequestId(id) ? id : null, method, params: params ?? {} };
}

function readReply(message: Readonly<Record<string, unknown>>): RpcReply | RpcBadMessage {
  const { id, error, result } = message;
  if ('result' in message === 'error' in message)
    return bad('a request needs "method"; a response needs "result" or "error"');
  if (typeof id !== 'string' || !PRINTABLE_ID.test(id))
    return bad('a response must carry the id of the request it answers');
  if (!('error' in message)) return { kind: 'reply', id, result, error: null };
  const text = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return { kind: 'reply', id, result: undefined, error: { message: text } };
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' ? PRINTABLE_ID.test(id) : Number.isSafeInteger(id);
}

function bad(problem: string): RpcBadMessage {
  return { kind: 'bad', problem };
}

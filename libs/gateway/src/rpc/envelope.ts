/** Parsing of JSON-RPC 2.0 messages: pure, without method lookup. */

export type RequestId = string | number;

export interface RpcCall {
  readonly kind: 'call';
  /** null: a notification, which gets no response. */
  readonly id: RequestId | null;
  readonly method: string;
  readonly params: unknown;
}

/** A client's response to a request of the server. */
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

/** A malformed response to a request of the server. It gets no RPC error. */
export interface RpcBadReply {
  readonly kind: 'bad-reply';
  /** null: there is no id to echo. */
  readonly id: RequestId | null;
  readonly problem: string;
}

export type RpcMessage = RpcCall | RpcReply | RpcBadMessage | RpcBadReply;

const PRINTABLE_ID = /^[\x20-\x7e]{1,128}$/;
/** Prefix of server request ids. JSON drops an `undefined` result, so a response may consist of its id alone. */
const REQUEST_ID_PREFIX = 'req_';

/** Parses one message. Returns a malformed message as `bad` or `bad-reply`, with a sentence about the fault. */
export function readMessage(value: unknown): RpcMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('a message must be an object');
  const message = value as Readonly<Record<string, unknown>>;
  const version = message['jsonrpc'] === '2.0' ? null : '"jsonrpc" must be "2.0"';
  if (looksLikeReply(message)) return readReply(message, version);
  if (version !== null) return bad(version);
  if (!('method' in message)) return bad('a request needs "method"; a response needs "result" or "error"');
  return readCall(message);
}

function looksLikeReply(message: Readonly<Record<string, unknown>>): boolean {
  if ('method' in message) return false;
  const { id } = message;
  return 'result' in message || 'error' in message || (typeof id === 'string' && id.startsWith(REQUEST_ID_PREFIX));
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

function readReply(message: Readonly<Record<string, unknown>>, version: string | null): RpcReply | RpcBadReply {
  const { id, result } = message;
  const problem = version ?? problemOfReply(message);
  if (problem !== null || typeof id !== 'string')
    return { kind: 'bad-reply', id: isRequestId(id) ? id : null, problem: problem ?? ID_RULE };
  // Some clients send both members, with "error": null next to a result.
  const { error } = message;
  return { kind: 'reply', id, result, error: isErrorObject(error) ? { message: error.message } : null };
}

const ID_RULE = '"id" must be the id of the request that it answers';

function problemOfReply(message: Readonly<Record<string, unknown>>): string | null {
  const { id, error } = message;
  if (typeof id !== 'string' || !PRINTABLE_ID.test(id)) return ID_RULE;
  const hasError = error !== undefined && error !== null;
  if ('result' in message) return hasError ? 'it must have either "result" or "error"' : null;
  if (!hasError) return 'it must have "result" or "error"';
  return isErrorObject(error) ? null : '"error" must be an object {code, message}';
}

function isErrorObject(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' ? PRINTABLE_ID.test(id) : Number.isSafeInteger(id);
}

function bad(problem: string): RpcBadMessage {
  return { kind: 'bad', problem };
}

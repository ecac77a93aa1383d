import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { AssentError, type ErrorReason } from '@assent/contract';
import { excerpt, transportFault } from '@assent/platform';
import { NOT_ATTEMPTED, quotePath } from '@assent/tools';
import { isMembers, type McpAnswer } from './response.tracker';

const TIMED_OUT: number = ErrorCode.RequestTimeout;
const UNAVAILABLE_RETRY_SECONDS = 1;
/** Maximum characters quoted from a server in a message. */
const MESSAGE_MAX_CHARS = 500;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;
/** System error codes of a connection that was never established. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A transport failed before the server could receive the message. */
export class NotSent extends Error {}

/** The server cannot be reached at present; nothing was sent. */
export function notConnected(server: string): AssentError {
  return transportFault('overloaded', `The MCP server "${server}" is not connected. It is started again; try later.`, {
    ...NOT_ATTEMPTED,
  });
}

/** Why the tools of a server are temporarily unknown. */
const UNAVAILABLE = {
  unreachable: (server: string) => `the MCP server "${server}" is being started again`,
  unread: (server: string) => `the list of the MCP server "${server}" cannot be read`,
  unjudged: (server: string) => `what is trusted of the MCP server "${server}" cannot be read`,
} as const;

export type Unavailable = keyof typeof UNAVAILABLE;

export function unavailableReason(server: string, why: Unavailable): string {
  return UNAVAILABLE[why](server);
}

/** The error for a tool of a server whose tools are unknown. Servers are restarted after half a second or more. */
export function unavailableError(server: string, tool: string, why: Unavailable): AssentError {
  return new AssentError(
    'overloaded',
    `The tool ${quotePath(tool)} is not there for the moment: ${unavailableReason(server, why)}. Try again in a moment.`,
    { pointer: '/tool', server, retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS, ...NOT_ATTEMPTED },
  );
}

/** The error for a request without an answer. @param thrown by the transport or our own timeout; an answer is never thrown */
export function transportFailure(tool: string, server: string, thrown: unknown): AssentError {
  if (thrown instanceof AssentError) return thrown;
  if (thrown instanceof McpError && isTimeout(thrown)) {
    return transportFault('timeout', `${tool} did not answer in time. The MCP server "${server}" was told to stop.`, {
      cause: thrown,
      sent: true,
    });
  }
  const sent = wasSent(thrown);
  const known = sent ? 'it may have run' : 'nothing was sent';
  return transportFault(
    'overloaded',
    `The connection to the MCP server "${server}" broke during ${tool}; ${known}. The server is started again.`,
    { cause: thrown, ...(sent ? { sent } : NOT_ATTEMPTED) },
  );
}

/** The tool list could not be read before a call. The call was not made, regardless of what failed. */
export function listFailure(server: string, thrown: unknown): AssentError {
  const failure = transportFailure('tools/list', server, thrown);
  const { message, details, retryable } = failure;
  const reason = retryable ? failure.reason : 'overloaded';
  return new AssentError(reason, message, { ...details, ...NOT_ATTEMPTED }, { cause: thrown });
}

/** The error for an answer without a result to a request that changes nothing. It is not a transport fault. */
export function answerFailure(
  tool: string,
  server: string,
  answer: Exclude<McpAnswer, { kind: 'result' }>,
): AssentError {
  const status = answer.kind === 'refused' ? answer.status : undefined;
  return new AssentError(reasonOf(status), failureMessage(tool, server, answer), { tool });
}

/** Describes an answer that is not a result. */
export function failureMessage(tool: string, server: string, answer: Exclude<McpAnswer, { kind: 'result' }>): string {
  if (answer.kind === 'lost') return `The MCP server "${server}" gave no answer to ${tool}.`;
  if (answer.kind === 'unusable') {
    return `The MCP server "${server}" answered ${tool}, but the answer cannot be used: ${answer.why}.`;
  }
  const numbers = [
    ...(answer.status === undefined ? [] : [`status ${answer.status}`]),
    ...(answer.code === undefined ? [] : [`code ${answer.code}`]),
  ].join(', ');
  const said = oneLine(answer.message);
  return `The MCP server "${server}" refused the call of ${tool}${numbers && ` (${numbers})`}: ${said === '' ? 'it gives no reason' : JSON.stringify(said)}.`;
}

/** Server text for a message, reduced to one bounded line. */
export function oneLine(text: string): string {
  const line = excerpt(text, 2 * MESSAGE_MAX_CHARS).replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
  return excerpt(line.trim(), MESSAGE_MAX_CHARS);
}

function isTimeout({ code }: { readonly code: number }): boolean {
  return code === TIMED_OUT;
}

function wasSent(thrown: unknown): boolean {
  if (thrown instanceof NotSent) return false;
  const cause = isMembers(thrown) ? thrown['cause'] : undefined;
  return !(isMembers(cause) && NOT_CONNECTED.has(String(cause['code'])));
}

function reasonOf(status: number | undefined): ErrorReason {
  if (status === undefined) return 'invalid';
  if (status === TOO_MANY_REQUESTS) return 'rate_limited';
  return status >= SERVER_ERROR ? 'overloaded' : 'invalid';
}

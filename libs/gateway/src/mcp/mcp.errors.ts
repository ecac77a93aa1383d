import type { AssentError } from '@assent/contract';
import { rpcCodeOf, toRpcError } from '../http/error.map';
import { toPublicError } from '../http/public.error';
import type { McpExchange } from './mcp.exchange';
import type { McpSdk } from './mcp.sdk';

/** Reasons that refuse the whole request, with an HTTP status. */
export const OVERLOADED: ReadonlySet<string> = new Set(['overloaded', 'draining', 'rate_limited']);

/**
 * The JSON-RPC error of a request. Overload refuses the whole HTTP request.
 * @param codeOf the code of an error; by default every error that is not a fault of this server is an invalid request
 */
export function protocolError(
  thrown: unknown,
  exchange: McpExchange,
  sdk: McpSdk,
  codeOf: (error: AssentError) => number = ({ reason }) => rpcCodeOf(reason === 'internal' ? 'internal' : 'invalid'),
): Error {
  const error = toPublicError(thrown);
  const { requestId, log } = exchange.context;
  if (error.reason === 'internal') log.error({ err: thrown }, 'an MCP request failed inside the server');
  if (OVERLOADED.has(error.reason)) exchange.refusal = error;
  const { message, data } = toRpcError(error, requestId);
  return new sdk.ProtocolError(codeOf(error), message, data);
}

import { rpcCodeOf, toRpcError } from '../http/error.map';
import { toPublicError } from '../http/public.error';
import type { McpExchange } from './mcp.exchange';
import type { McpSdk } from './mcp.sdk';

/** Reasons that refuse the whole request, with an HTTP status. */
export const OVERLOADED: ReadonlySet<string> = new Set(['overloaded', 'draining', 'rate_limited']);

/** The JSON-RPC error of a request. Overload refuses the whole HTTP request. */
export function protocolError(thrown: unknown, exchange: McpExchange, sdk: McpSdk): Error {
  const error = toPublicError(thrown);
  const { requestId, log } = exchange.context;
  if (error.reason === 'internal') log.error({ err: thrown }, 'an MCP request failed inside the server');
  if (OVERLOADED.has(error.reason)) exchange.refusal = error;
  const { message, data } = toRpcError(error, requestId);
  const code = rpcCodeOf(error.reason === 'internal' ? 'internal' : 'invalid');
  return new sdk.ProtocolError(code, message, data);
}

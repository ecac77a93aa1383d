import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { AssentError } from '@assent/contract';
import { transportFault } from '@assent/platform';
import { shown } from '../../workspace-path';

const TIMED_OUT: number = ErrorCode.RequestTimeout;
const CLOSED: number = ErrorCode.ConnectionClosed;

/** A server that cannot be reached now; nothing was sent. */
export function notConnected(server: string): AssentError {
  return transportFault('overloaded', `The MCP server "${server}" is not connected. It is started again; try later.`, {
    sent: false,
  });
}

/** The tool itself said that it failed: an answer, and no fault of the way to it. @param said its words, one line, bounded */
export function toolFailure(tool: string, said: string): AssentError {
  return new AssentError('invalid', `${tool} failed and says: ${said === '' ? 'nothing' : JSON.stringify(said)}.`, {
    tool,
  });
}

/** What a call that ended without a result ended with. */
export function callFailure(tool: string, server: string, thrown: unknown): AssentError {
  if (thrown instanceof AssentError) return thrown;
  if (thrown instanceof McpError) {
    const { code }: { readonly code: number } = thrown;
    if (code === TIMED_OUT) {
      return transportFault('timeout', `${tool} did not answer in time. The MCP server "${server}" was told to stop.`, {
        cause: thrown,
        sent: true,
      });
    }
    if (code !== CLOSED) {
      return new AssentError(
        'invalid',
        `The MCP server "${server}" refused the call of ${tool}: ${shown(thrown.message)}.`,
        { tool },
        { cause: thrown },
      );
    }
  }
  return transportFault(
    'overloaded',
    `The connection to the MCP server "${server}" broke during ${tool}; it may have run. The server is started again.`,
    { cause: thrown, sent: true },
  );
}

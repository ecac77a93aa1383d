import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { ResponseTracker, type AnsweringTransport } from './response.tracker';
import { answeringFetch } from './http.answers';
import type { McpEndpoint } from './mcp-settings';

/** Time a server has to confirm the end of the session. */
const SESSION_END_TIMEOUT_MS = 1_000;

export type HttpEndpoint = Extract<McpEndpoint, { kind: 'http' }>;

/** Streamable HTTP that bounds the size of a message and ends the session on close. */
export class HttpTransport extends StreamableHTTPClientTransport implements AnsweringTransport {
  readonly answers: ResponseTracker;

  constructor({ url, headers }: HttpEndpoint) {
    const answers = new ResponseTracker();
    super(new URL(url), {
      // Headers may carry secrets, so redirects are refused.
      requestInit: { headers, redirect: 'error' },
      fetch: answeringFetch(answers),
    });
    this.answers = answers;
  }

  override async send(
    message: JSONRPCMessage | JSONRPCMessage[],
    options?: Parameters<StreamableHTTPClientTransport['send']>[1],
  ): Promise<void> {
    for (const one of [message].flat()) this.answers.asked(one);
    await super.send(message, options);
  }

  override async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SESSION_END_TIMEOUT_MS);
    });
    try {
      await Promise.race([this.terminateSession(), late]);
    } catch {
      // A server that cannot be reached holds no session to end.
    } finally {
      clearTimeout(timer);
      await super.close();
    }
  }
}

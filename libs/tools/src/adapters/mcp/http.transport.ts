import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { McpEndpoint } from './mcp-settings';

/** Longest message that a server may send. */
const MESSAGE_MAX_BYTES = 8_388_608;
/** How long a server has to confirm that the session is over. */
const GOODBYE_MS = 1_000;
const NEWLINE = 10;

export type HttpEndpoint = Extract<McpEndpoint, { kind: 'http' }>;

/** Streamable HTTP, with a bound on what one message may hold, and the session given back at the end. */
export class HttpTransport extends StreamableHTTPClientTransport {
  constructor({ url, headers }: HttpEndpoint) {
    super(new URL(url), {
      // Headers may be secrets: they follow no redirect.
      requestInit: { headers, redirect: 'error' },
      fetch: boundedFetch,
    });
  }

  override async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GOODBYE_MS);
    });
    try {
      await Promise.race([this.terminateSession(), late]);
    } catch {
      // A server that is gone has no session either.
    } finally {
      clearTimeout(timer);
      await super.close();
    }
  }
}

async function boundedFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.body) return response;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  return new Response(response.body.pipeThrough(bounded(isStream)), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}

/** Fails when a body, or one line of an event stream, gets longer than a message may be. */
function bounded(isStream: boolean): TransformStream<Uint8Array, Uint8Array> {
  let held = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const lastLine = isStream ? chunk.lastIndexOf(NEWLINE) : -1;
      held = lastLine === -1 ? held + chunk.length : chunk.length - lastLine - 1;
      if (held > MESSAGE_MAX_BYTES) controller.error(new Error(`A message is longer than ${MESSAGE_MAX_BYTES} bytes.`));
      else controller.enqueue(chunk);
    },
  });
}

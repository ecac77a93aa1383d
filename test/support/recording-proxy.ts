import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

export interface RecordedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as it was sent. */
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Changes an answer on its way back: its status and its whole body. */
export type Rewrite = (answer: { status: number; type: string; body: string }) => {
  status: number;
  type: string;
  body: string;
};

export interface RecordingProxy {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Holds for the next answers. */
  rewrite(how: Rewrite): void;
  clear(): void;
  close(): Promise<void>;
}

const AS_IT_IS: Rewrite = (answer) => answer;

/** Passes requests on to `target` on loopback and keeps them as they were sent. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  let requests: RecordedRequest[] = [];
  let rewrite = AS_IT_IS;
  const server = createServer((request, response) => {
    void (async () => {
      const text = await readText(request);
      const path = request.url ?? '/';
      requests.push({ path, headers: request.headers, text, body: JSON.parse(text) as Record<string, unknown> });
      const answer = await fetch(`${target}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer k',
          'x-api-key': 'k',
          'x-goog-api-key': 'k',
        },
        body: text,
      });
      const { status, type, body } = rewrite({
        status: answer.status,
        type: answer.headers.get('content-type') ?? '',
        body: await answer.text(),
      });
      response.writeHead(status, { 'content-type': type }).end(body);
    })().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    rewrite: (how) => {
      rewrite = how;
    },
    clear: () => {
      requests = [];
      rewrite = AS_IT_IS;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { EndpointReply } from './model-replies';

/** The body of POST /v1/chat/completions, with the members that tests use. */
export interface ChatBody {
  readonly model: string;
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly description?: string } }[];
  readonly response_format?: { readonly type: string; readonly json_schema?: { readonly name: string } };
}

export interface RecordedCall {
  readonly body: ChatBody;
  readonly headers: IncomingMessage['headers'];
  /** All messages in one text. */
  readonly prompt: string;
  /** Name of the JSON schema that the answer must match; null: a free answer. */
  readonly answer: string | null;
  /** Resolves when the exchange is over: true if the client went away before the answer was complete. */
  readonly abandoned: Promise<boolean>;
}

/** Which reply the call with this number (0 is the first) gets. */
export type EndpointScript = readonly EndpointReply[] | ((call: RecordedCall, index: number) => EndpointReply);

export interface ModelEndpoint {
  /** With its /v1. */
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  /** Connections that are open and in the middle of an exchange. */
  readonly busy: number;
  /** Forgets all recorded calls. */
  script(script: EndpointScript): void;
  close(): Promise<void>;
}

/**
 * A model endpoint on loopback: real HTTP, OpenAI's chat/completions, streaming or not. What it answers, and how it fails,
 * is scripted call by call (model-replies.ts); a call beyond the script is answered 418, which nothing tries again.
 */
export async function startModelEndpoint(first: EndpointScript = []): Promise<ModelEndpoint> {
  let script = first;
  let calls: RecordedCall[] = [];
  let busy = 0;
  const sockets = new Set<Socket>();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    busy += 1;
    const abandoned = once(response, 'close').then(() => {
      busy -= 1;
      return !response.writableFinished;
    });
    const body = JSON.parse(await readText(request)) as ChatBody;
    const call: RecordedCall = {
      body,
      headers: request.headers,
      prompt: body.messages.map(({ content }) => content).join('\n'),
      answer: body.response_format?.json_schema?.name ?? null,
      abandoned,
    };
    calls.push(call);
    const reply = typeof script === 'function' ? script(call, calls.length - 1) : script[calls.length - 1];
    if (reply) await reply({ body, response });
    else response.writeHead(418).end('{"error":{"message":"the script of the test has ended"}}');
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A connection is never closed between two calls: a slow client would send the next call on it at that moment.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    get calls() {
      return calls;
    },
    get busy() {
      return busy;
    },
    script: (next) => {
      script = next;
      calls = [];
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The certificate of receivers on loopback, valid for 100 years. Its key is beside it and protects nothing. */
export const RECEIVER_CERTIFICATE = join(__dirname, 'certificates/localhost.pem');
const RECEIVER_KEY = join(__dirname, 'certificates/localhost.key.pem');

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A third-party HTTP server on loopback: records its requests, and answers as the test wants. */
export class Receiver {
  readonly requests: ReceivedRequest[] = [];
  /** Called when the request has arrived completely. */
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end('{}');
  private readonly server: Server;

  private constructor(private readonly scheme: 'http' | 'https') {
    const receive = (request: IncomingMessage, response: ServerResponse): void => {
      this.receive(request, response);
    };
    this.server = scheme === 'http' ? createServer(receive) : createTlsServer(tlsOptions(), receive);
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      this.requests.push({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') });
      this.answer(response, request);
    });
  }

  /** @param scheme https: with RECEIVER_CERTIFICATE */
  static async open(scheme: 'http' | 'https' = 'http'): Promise<Receiver> {
    const receiver = new Receiver(scheme);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get origin(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

function tlsOptions(): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(RECEIVER_CERTIFICATE), key: readFileSync(RECEIVER_KEY) };
}

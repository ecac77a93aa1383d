import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly key: string;
  readonly headers?: string;
  readonly body?: string;
}

const HEAD_END = '\r\n\r\n';
const STATUS = /^HTTP\/1\.1 (\d{3})/;
const LENGTH = /\r\ncontent-length: (\d+)/i;
const LAST_ANSWER = /\r\nconnection: close/i;

/**
 * One keep-alive connection, one request at a time, answers with a content-length. An HTTP library would take a third of a
 * small machine away from the server that is being measured.
 */
export class HttpConnection {
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (body: string) => void; reject: (error: Error) => void } | null = null;
  private isLast = false;

  private constructor(
    private readonly url: URL,
    private socket: Socket,
  ) {
    this.follow(socket);
  }

  static async open(address: string): Promise<HttpConnection> {
    const url = new URL(address);
    return new HttpConnection(url, await connectTo(url));
  }

  /**
   * A server closes a connection after a number of requests; the next request opens another one.
   * @returns the body of a 2xx answer. @throws Error with the body of any other
   */
  async send(request: HttpRequest): Promise<string> {
    if (this.isLast || this.socket.destroyed) await this.reopen();
    const text = requestText(this.url.host, request);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(text);
    });
  }

  /** A JSON-RPC call. @throws Error with the error object of the answer */
  async call<Result>(key: string, method: string, params: unknown): Promise<Result> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const text = await this.send({ method: 'POST', path: '/rpc', key, body });
    const answer = JSON.parse(text) as { result: Result } | { error: unknown };
    if ('error' in answer) throw new Error(`${method} failed: ${text}`);
    return answer.result;
  }

  close(): void {
    this.socket.destroy();
  }

  private async reopen(): Promise<void> {
    this.socket.destroy();
    this.received = Buffer.alloc(0);
    this.isLast = false;
    this.socket = await connectTo(this.url);
    this.follow(this.socket);
  }

  private follow(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => this.take(bytes));
    socket.on('close', () => this.fail(socket, new Error('The server closed the connection.')));
    socket.on('error', (error) => this.fail(socket, error));
  }

  private take(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const bodyStart = headEnd + HEAD_END.length;
    const bodyEnd = bodyStart + Number(LENGTH.exec(head)?.[1] ?? 0);
    if (this.received.length < bodyEnd) return;
    const body = this.received.toString('utf8', bodyStart, bodyEnd);
    this.received = this.received.subarray(bodyEnd);
    this.isLast = LAST_ANSWER.test(head);
    const { waiting } = this;
    this.waiting = null;
    if (STATUS.exec(head)?.[1]?.startsWith('2')) waiting?.resolve(body);
    else waiting?.reject(new Error(`${head}\n${body}`));
  }

  private fail(socket: Socket, error: Error): void {
    if (socket !== this.socket) return;
    this.waiting?.reject(error);
    this.waiting = null;
  }
}

async function connectTo({ hostname, port }: URL): Promise<Socket> {
  const socket = connect({ port: Number(port), host: hostname, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** The bytes of a request on a keep-alive connection. */
export function requestText(host: string, { method, path, key, headers = '', body }: HttpRequest): string {
  const content =
    body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n${headers}${content}\r\n${body ?? ''}`;
}

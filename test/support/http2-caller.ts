import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';

export interface Http2Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Chunks as they arrive. */
  readonly chunks: AsyncIterable<string>;
  text(): Promise<string>;
  /** Resets the stream; the connection stays. */
  cancel(): void;
}

/** A client that speaks HTTP/2 over TLS and nothing else, and trusts every certificate: one connection for each request. */
export class Http2Caller {
  private readonly sessions = new Set<ClientHttp2Session>();

  constructor(
    private readonly url: string,
    private readonly key?: string,
  ) {}

  async send(
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Http2Response> {
    const session = await this.connect();
    const stream = session.request({
      ':method': method,
      ':path': path,
      ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    });
    stream.setEncoding('utf8');
    stream.once('close', () => {
      session.close();
    });
    stream.end(body);
    const answered = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
      stream.once('close', () => {
        reject(new Error(`${method} ${path} was closed without a response`));
      });
    });
    stream.on('error', () => undefined);
    return {
      status: Number(answered[':status']),
      headers: answered,
      chunks: stream as AsyncIterable<string>,
      text: async () => {
        const chunks: string[] = [];
        for await (const chunk of stream as AsyncIterable<string>) chunks.push(chunk);
        return chunks.join('');
      },
      cancel: () => {
        stream.close();
      },
    };
  }

  /** Breaks every connection, as a client does that is killed. */
  drop(): void {
    for (const session of this.sessions) session.destroy();
  }

  private connect(): Promise<ClientHttp2Session> {
    return new Promise((resolve, reject) => {
      const session = connect(this.url, { rejectUnauthorized: false });
      session.once('connect', () => {
        session.on('error', () => undefined);
        this.sessions.add(session);
        session.once('close', () => this.sessions.delete(session));
        resolve(session);
      });
      session.once('error', reject);
    });
  }
}

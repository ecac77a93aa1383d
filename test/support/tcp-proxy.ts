import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection through the proxy. */
interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Discards data in both directions and keeps both sockets open, like a firewall that lost its state. */
  silent: boolean;
}

/** A cut whose text has not been sent yet. */
interface Cut {
  readonly mark: Buffer;
  readonly isDelivered: boolean;
}

/** Stands before a server on loopback and does to its connections what networks do. */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private mark: Buffer | null = null;
  private cut: Cut | null = null;
  private cutUntil = 0;
  /** Connections that have gone silent. */
  silenced = 0;
  /** Connections that were cut at a text. */
  cuts = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  /** @param target URL of the server, e.g. postgres://...; `url` is the same through the proxy */
  static async open(target: string): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(server, new URL(target));
    server.on('connection', (client) => {
      proxy.join(client);
    });
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Silences the next connection that sends this text, before the text arrives. Other connections are unaffected. */
  silenceOn(text: string): void {
    this.mark = Buffer.from(text);
  }

  /** Cuts the next connection that sends this text. @param isDelivered the server gets the text, its answer is lost */
  cutOn(text: string, isDelivered: boolean): void {
    this.cut = { mark: Buffer.from(text), isDelivered };
  }

  /** Takes back `silenceOn` and `cutOn` whose text was not sent. */
  disarm(): void {
    this.mark = null;
    this.cut = null;
  }

  /** Silences all current connections; new ones work. */
  silenceAll(): void {
    for (const link of this.links) link.silent = true;
  }

  /** Resets all connections, and new ones for `ms` milliseconds. */
  cutFor(ms: number): void {
    this.reset();
    this.cutUntil = performance.now() + ms;
  }

  /** Resets all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.reset();
    await closed;
  }

  reset(): void {
    for (const { client, upstream } of this.links) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.refuse();
  }

  private join(client: Socket): void {
    if (performance.now() < this.cutUntil) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(this.target.port), this.target.hostname);
    const link: Link = { client, upstream, silent: false };
    this.links.add(link);
    client.on('data', (data) => {
      if (this.mark && data.includes(this.mark)) {
        this.mark = null;
        this.silenced += 1;
        link.silent = true;
      }
      if (this.cut && data.includes(this.cut.mark)) {
        const { isDelivered } = this.cut;
        this.cut = null;
        this.cuts += 1;
        link.silent = true;
        if (isDelivered) upstream.end(data);
        else upstream.resetAndDestroy();
        client.resetAndDestroy();
      }
      if (!link.silent) upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!link.silent) client.write(data);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.links.delete(link);
        // What was written before an end is still delivered.
        if (!other.writableEnded) other.destroy();
      });
    }
  }
}

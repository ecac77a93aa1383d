import { once } from 'node:events';
import { Socket, createServer, type AddressInfo, type Server } from 'node:net';
import { Client } from 'pg';

/** Messages of clients after which Postgres reports that it is ready. */
const ASKS = ['Q', 'S'];
const READY = 'Z';
const GOODBYE = 'X';
const UNSUPPORTED = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'options'];
const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;

interface Backend {
  readonly client: Client;
  readonly socket: Socket;
}

export interface Pooling {
  /** What a client keeps its connection to Postgres for. */
  readonly mode: 'transaction' | 'session';
  /** Connections to Postgres. */
  readonly size: number;
  /** Which idle one is next: the last that was used, as with PgBouncer's defaults, or the first (server_round_robin). */
  readonly order?: 'lifo' | 'fifo';
}

/** A pooler: many clients share few connections to Postgres. It requires no password. */
export class PoolingProxy {
  private readonly idle: Backend[] = [];
  private readonly all: Backend[] = [];
  private readonly queue: ((backend: Backend) => void)[] = [];
  private opened = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
    private readonly pooling: Pooling,
  ) {}

  static async open(target: string, pooling: Pooling): Promise<PoolingProxy> {
    const server = createServer();
    const proxy = new PoolingProxy(server, target, pooling);
    server.on('connection', (socket) => {
      proxy.serve(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Opens this many connections to Postgres, which then wait for clients. */
  async warm(count: number): Promise<void> {
    const backends = await Promise.all(Array.from({ length: count }, () => this.take()));
    for (const backend of backends) this.give(backend);
  }

  async close(): Promise<void> {
    this.server.close();
    const open = this.all.filter(({ socket }) => !socket.closed);
    for (const { socket } of open) socket.destroy();
    await Promise.all(open.map(({ socket }) => once(socket, 'close')));
  }

  private serve(socket: Socket): void {
    let backend: Promise<Backend> | null = null;
    let asked = 0;
    const release = (): void => {
      const held = backend;
      backend = null;
      void held?.then((taken) => {
        taken.socket.removeAllListeners('data');
        // What a session has left behind goes with it.
        if (this.pooling.mode === 'session' || asked > 0) this.drop(taken);
        else this.give(taken);
      });
    };
    const fromPostgres = messages(0, (type, message) => {
      socket.write(message);
      if (type !== READY) return;
      asked -= 1;
      const isIdle = message.at(-1) === 'I'.charCodeAt(0);
      if (this.pooling.mode === 'transaction' && isIdle && asked === 0) release();
    });
    const fromClient = messages(1, (type, message) => {
      if (type === null) {
        // As PgBouncer does with a login parameter that it is not configured to ignore.
        if (UNSUPPORTED.some((name) => message.includes(name))) socket.destroy();
        else socket.write(WELCOME);
        return;
      }
      if (type === GOODBYE) {
        socket.end();
        return;
      }
      if (ASKS.includes(type)) asked += 1;
      backend ??= this.take().then((taken) => {
        taken.socket.on('data', fromPostgres);
        return taken;
      });
      void backend.then((taken) => taken.socket.write(message));
    });
    socket.on('data', fromClient);
    socket.on('error', () => undefined);
    socket.on('close', release);
  }

  private async take(): Promise<Backend> {
    const next = this.pooling.order === 'fifo' ? this.idle.shift() : this.idle.pop();
    if (next) return next;
    if (this.opened >= this.pooling.size) return new Promise((resolve) => this.queue.push(resolve));
    this.opened += 1;
    const socket = new Socket();
    const client = new Client({ connectionString: this.target, stream: () => socket });
    client.on('error', () => undefined);
    await client.connect();
    // The driver has logged in; from here on the bytes are the clients'.
    socket.removeAllListeners('data');
    const backend = { client, socket };
    this.all.push(backend);
    return backend;
  }

  private give(backend: Backend): void {
    const waiting = this.queue.shift();
    if (waiting) waiting(backend);
    else this.idle.push(backend);
  }

  private drop(backend: Backend): void {
    backend.socket.destroy();
    this.opened -= 1;
    const waiting = this.queue.shift();
    if (waiting) void this.take().then(waiting);
  }
}

/** Authentication is done, some number as key, ready. */
const WELCOME = Buffer.concat([
  Buffer.from('R\0\0\0\x08\0\0\0\0', 'latin1'),
  Buffer.from('K\0\0\0\x0c\0\0\0\x01\0\0\0\x01', 'latin1'),
  Buffer.from('Z\0\0\0\x05I', 'latin1'),
]);

/**
 * Cuts what arrives into messages.
 * @param untyped messages at the beginning that have no type: the startup of a client
 */
function messages(untyped: number, take: (type: string | null, message: Buffer) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  let left = untyped;
  return (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const head = left > 0 ? 0 : TYPE_BYTES;
      if (rest.length < head + LENGTH_BYTES) return;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      const type = head === 0 ? null : String.fromCharCode(message[0] ?? 0);
      left = Math.max(0, left - 1);
      take(type, message);
    }
  };
}

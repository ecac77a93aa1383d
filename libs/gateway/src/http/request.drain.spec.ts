import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { AssentError } from '@assent/contract';
import { toProblem } from './error.map';
import { drainRequests } from './request.drain';

const TIMEOUT_MS = 10_000;
/** Longer than the grace period of a closing replica. */
const STALL_MS = 700;
const CONNECTIONS = 10;

describe('a closing server', () => {
  let server: FastifyInstance;
  const sockets: Socket[] = [];

  beforeEach(() => {
    server = fastify({ forceCloseConnections: true, return503OnClosing: false });
    server.setErrorHandler((error, request, reply) => {
      const problem = toProblem(error as AssentError, request.id);
      return reply.status(problem.status).send(problem);
    });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });

  /** Connections that the server has accepted. */
  async function connections(count: number): Promise<Socket[]> {
    await server.listen();
    const { port } = server.server.address() as AddressInfo;
    for (let at = 0; at < count; at += 1) {
      const accepted = once(server.server, 'connection');
      sockets.push(connect(port, 'localhost'));
      await accepted;
    }
    return sockets;
  }

  /** Calls `work` in the turn of the event loop in which the server begins to close, before it reads anything. */
  function onClosing(work: () => void): void {
    server.addHook('preClose', (done: () => void) => {
      setImmediate(work);
      done();
    });
  }

  it('answers requests that arrived while the process had no processor time', async () => {
    onClosing(() => {
      for (const socket of sockets) request(socket);
      stall(STALL_MS);
    });
    drainRequests(server, TIMEOUT_MS, () => false);
    server.get('/', () => 'answered');
    const answers = (await connections(CONNECTIONS)).map((socket) => answerOf(socket));
    await server.close();
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*^connection: close\r$/im);
    }
  });

  it('finishes the open request, refuses later ones, and ends as soon as the open one is answered', async () => {
    let answer: (text: string) => void = () => undefined;
    drainRequests(server, TIMEOUT_MS, () => false);
    server.get('/', () => new Promise<string>((resolve) => (answer = resolve)));
    const [first, second] = (await connections(2)) as [Socket, Socket];
    const [firstAnswer, secondAnswer] = [answerOf(first), answerOf(second)];
    const arrived = once(server.server, 'request');
    request(first);
    await arrived;
    const closing = server.close();
    request(second);
    expect(await secondAnswer).toMatch(/^HTTP\/1\.1 503 /);
    answer('the last answer');
    expect(await firstAnswer).toMatch(/^HTTP\/1\.1 200 [^]*^connection: close\r$[^]*the last answer/im);
    await closing;
  });

  it('stops waiting after its timeout for a request that is never answered', async () => {
    drainRequests(server, 1, () => false);
    server.get('/', () => new Promise<string>(() => undefined));
    const [socket] = (await connections(1)) as [Socket];
    const answer = answerOf(socket);
    const arrived = once(server.server, 'request');
    request(socket);
    await arrived;
    await server.close();
    expect(await answer).toBe('');
  });

  it('announces the end of the connection with each response while draining', async () => {
    let isDraining = false;
    drainRequests(server, TIMEOUT_MS, () => isDraining);
    server.get('/', () => 'answered');
    const [kept, ended] = (await connections(2)) as [Socket, Socket];
    const keptAnswer = answerOf(kept, /answered/);
    request(kept);
    expect(await keptAnswer).toMatch(/^HTTP\/1\.1 200 [^]*^connection: keep-alive\r$/im);
    isDraining = true;
    const endedAnswer = answerOf(ended);
    request(ended);
    expect(await endedAnswer).toMatch(/^HTTP\/1\.1 200 [^]*^connection: close\r$/im);
  });
});

function request(socket: Socket): void {
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
}

/** All data up to the given text, or until the connection closes. */
function answerOf(socket: Socket, until?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (until?.test(text)) resolve(text);
    });
    // A reset connection counts as closed.
    socket
      .on('error', () => undefined)
      .once('close', () => {
        resolve(text);
      });
  });
}

/** Simulates a process without processor time: blocks the event loop. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

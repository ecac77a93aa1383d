import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { Socket, connect, type AddressInfo } from 'node:net';
import { ClientErrors } from './transport.errors';

const HEAD = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';
const NOT_HTTP = 'not http\r\n\r\n';

describe('bytes that are not an HTTP request', () => {
  let server: Server;
  let respond: (response: ServerResponse) => void;

  beforeEach(async () => {
    const errors = new ClientErrors();
    server = createServer((_request, response) => {
      respond(response);
    });
    errors.watch(server);
    server.on('clientError', (error, socket) => {
      if (socket instanceof Socket) errors.answer(error, socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  /** Sends `first`, and `second` after the first bytes of a response; returns all received data. */
  async function received(first: string, second?: string): Promise<string> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      if (chunks.push(chunk) === 1 && second !== undefined) socket.write(second);
    });
    socket.on('error', () => undefined);
    socket.write(first);
    await once(socket, 'close');
    return Buffer.concat(chunks).toString();
  }

  it('are answered by a problem document', async () => {
    const answer = await received(NOT_HTTP);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status: 400 });
  });

  it('are answered after a complete response on the same connection', async () => {
    respond = (response) => response.end('done');
    expect(await received(HEAD, NOT_HTTP)).toMatch(/^HTTP\/1\.1 200 [^]*done[^]*HTTP\/1\.1 400 /);
  });

  it('close a connection on which a response is being written, without a second response', async () => {
    respond = (response) => response.write('begun');
    const answer = await received(HEAD, NOT_HTTP);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*begun/);
    expect(answer).not.toContain('HTTP/1.1 400');
  });

  it('are answered while an earlier request is still open', async () => {
    respond = () => undefined;
    expect(await received(HEAD + NOT_HTTP)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

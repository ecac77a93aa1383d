import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpTransport } from './http.transport';
import { ProcessTransport } from './process.transport';
import { isAlive, until } from './testing/mcp-stage';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' } as const;
const CHUNK = Buffer.alloc(1_000_000, 'x');
const CHUNKS = 1_000;

describe('the transport over streamable HTTP', () => {
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const asked: string[] = [];

  beforeEach(async () => {
    asked.length = 0;
    server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? '-'}`);
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const transport = () =>
    new HttpTransport({ kind: 'http', url: `${url}/mcp`, headers: { authorization: 'Bearer planted' } });

  it('sends the headers of the settings, and not to where a redirect leads', async () => {
    answer = (_, response) => {
      response.writeHead(307, { location: `${url}/elsewhere` }).end();
    };
    const http = transport();
    await http.start();
    await expect(http.send(PING)).rejects.toThrow();
    await http.close();
    expect(asked).toEqual(['POST /mcp Bearer planted']);
  });

  it.each(['application/json', 'text/event-stream'])('ends an answer of any length: %s', async (type) => {
    let sent = 0;
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': type });
      const more = () => {
        while (sent < CHUNKS && response.write(CHUNK)) sent += 1;
      };
      response.on('drain', more);
      more();
    };
    const http = transport();
    const failed = new Promise<Error>((resolve) => {
      http.onerror = resolve;
    });
    await http.start();
    await http.send(PING).catch(() => undefined);
    expect((await failed).message).toContain('A message is longer than 8388608 bytes.');
    expect(sent).toBeLessThan(CHUNKS / 2);
    await http.close();
  });
});

describe('the transport over standard streams', () => {
  it('ends what a server started, with the server', async () => {
    const script = `
      const child = require('node:child_process').spawn('sleep', ['500'], { stdio: 'ignore' });
      process.stdout.write(JSON.stringify({ jsonrpc: '2.0', method: 'child', params: { pid: child.pid } }) + '\\n');
      process.stdin.on('end', () => process.exit(0)).resume();
    `;
    const transport = new ProcessTransport({
      kind: 'stdio',
      command: process.execPath,
      args: ['-e', script],
      env: {},
      cwd: null,
    });
    const said = new Promise<unknown>((resolve) => {
      transport.onmessage = resolve;
    });
    await transport.start();
    const { params } = (await said) as { params: { pid: number } };
    expect(isAlive(params.pid)).toBe(true);
    await transport.close();
    await transport.close();
    await until(() => !isAlive(params.pid));
    await expect(transport.send(PING)).rejects.toThrow('not running');
  });

  it('passes over lines that are no messages', async () => {
    const script = `console.log('hello'); console.log('{}'); console.log(JSON.stringify({ jsonrpc: '2.0', method: 'ready' })); process.stdin.resume()`;
    const transport = new ProcessTransport({
      kind: 'stdio',
      command: process.execPath,
      args: ['-e', script],
      env: {},
      cwd: null,
    });
    const errors: Error[] = [];
    transport.onerror = (error) => errors.push(error);
    const said = new Promise<unknown>((resolve) => {
      transport.onmessage = resolve;
    });
    await transport.start();
    expect(await said).toEqual({ jsonrpc: '2.0', method: 'ready' });
    expect(errors).toHaveLength(2);
    await transport.close();
  });

  it('says when the command cannot be started', async () => {
    const transport = new ProcessTransport({ kind: 'stdio', command: '/nowhere/server', args: [], env: {}, cwd: null });
    await expect(transport.start()).rejects.toThrow('ENOENT');
    await transport.close();
  });
});

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpConnection } from './http.connection';

const request = (body: string) => ({ method: 'POST', path: '/', key: 'key', body }) as const;

describe('HttpConnection', () => {
  let server: Server;
  let connection: HttpConnection;
  let opened = 0;

  beforeAll(async () => {
    server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (bytes: Buffer) => chunks.push(bytes));
      incoming.on('end', () => {
        const body = Buffer.concat(chunks);
        response.writeHead(200, { 'content-length': body.length }).end(body);
      });
    });
    server.on('connection', () => (opened += 1));
    server.maxRequestsPerSocket = 2;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = await HttpConnection.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => {
    connection.close();
    server.close();
  });

  it('opens another connection when the server has closed the one before', async () => {
    const answers: string[] = [];
    for (let number = 1; number <= 5; number += 1) answers.push(await connection.send(request(`body ${number}`)));
    expect(answers).toEqual(['body 1', 'body 2', 'body 3', 'body 4', 'body 5']);
    expect(opened).toBe(3);
  });
});

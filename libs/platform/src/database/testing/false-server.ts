import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { thrownBy } from './connections';

/** The error of connecting to a server that ends every connection with this code, as Postgres and poolers do. */
export async function serverErrorOf(code: string): Promise<unknown> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(fatal(code, 'server conn crashed?')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const failure = await thrownBy(() => new Client({ host: '127.0.0.1', port, user: 'x', database: 'x' }).connect());
  server.close();
  return failure;
}

/** An ErrorResponse in the form that Postgres and poolers send. */
function fatal(code: string, text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Pool, type ClientConfig } from 'pg';
import { scaled } from '@assent/test-support/limits';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { TcpProxy } from '@assent/test-support/tcp-proxy';
import { Database } from './database';
import { sql } from './sql';
import { Connections, thrownBy } from './testing/connections';
import { serverErrorOf } from './testing/false-server';

const SHORT_MS = 200;

let own: TestDatabase;
const connections = new Connections();
const open = (url = own.url, config: ClientConfig = {}) => connections.open(url, config);

beforeAll(async () => {
  own = await createTestDatabase();
});
afterEach(() => connections.close());
afterAll(() => own.drop());

describe('failures on the way to the database', () => {
  let proxy: TcpProxy;
  beforeEach(async () => {
    proxy = await TcpProxy.open(own.url);
  });
  afterEach(() => proxy.close());

  it('a connection that is reset under a query: transient', async () => {
    const client = await open(proxy.url);
    const sleeping = client.query('select pg_sleep(60)');
    proxy.reset();
    expect(await thrownBy(() => sleeping)).toEqual({ code: 'ECONNRESET', kind: 'transient' });
    // The next ones on it, too.
    expect(await thrownBy(() => client.query('select 1'))).toMatchObject({ kind: 'transient' });
  });

  it("a connection that goes silent: transient, after the client's timeout", async () => {
    const client = await open(proxy.url, { query_timeout: SHORT_MS });
    proxy.silenceAll();
    expect(await thrownBy(() => client.query('select 1'))).toEqual({
      code: 'Query read timeout',
      kind: 'transient',
    });
  });

  it('nobody listens: transient', async () => {
    const { url } = proxy;
    await proxy.refuse();
    expect(await thrownBy(() => open(url))).toEqual({ code: 'ECONNREFUSED', kind: 'transient' });
  });

  it('a listener that never responds: transient', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const connections: Socket[] = [];
    mute.on('connection', (socket) => connections.push(socket));
    const url = new URL(own.url);
    url.port = String((mute.address() as AddressInfo).port);
    const pool = new Pool({ connectionString: url.href, connectionTimeoutMillis: SHORT_MS, max: 1 });
    const seen = await Promise.all([0, 1].map(() => thrownBy(() => pool.connect())));
    expect(seen.map(({ kind }) => kind)).toEqual(['transient', 'transient']);
    const direct = await thrownBy(() => open(url.href, { connectionTimeoutMillis: SHORT_MS }));
    expect(direct.kind).toBe('transient');
    await pool.end();
    for (const socket of connections) socket.destroy();
    mute.close();
  });

  it('an unknown host name: transient', async () => {
    const { kind } = await thrownBy(() => open(own.url.replace(/@[^:/]+/, '@nowhere.invalid')));
    expect(kind).toBe('transient');
  });

  it('an ended pool: transient', async () => {
    const pool = new Pool({ connectionString: own.url });
    await pool.end();
    expect(await thrownBy(() => pool.connect())).toMatchObject({ kind: 'transient' });
  });

  it('a pooler that ends the connection with 08P01: transient, unlike a statement with that code', async () => {
    expect(await serverErrorOf('08P01')).toEqual({ code: '08P01', kind: 'transient' });
  });

  it('a silent connection among healthy ones fails only its own statement, and is discarded', async () => {
    const database = new Database(
      new Pool({ connectionString: proxy.url, max: 8, pipeline: true, query_timeout: scaled(SHORT_MS) }),
    );
    try {
      const ask = (text: string) => database.query<{ text: string }>(sql`select ${text}::text as text`);
      await Promise.all(Array.from({ length: 8 }, () => ask('warm')));
      proxy.silenceOn('lost on the way');
      const lost = await thrownBy(() => ask('lost on the way'));
      expect([proxy.silenced, lost]).toEqual([1, { code: 'Query read timeout', kind: 'transient' }]);
      const after = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(String(index))));
      expect(after.map(([row]) => Number(row?.text))).toEqual(Array.from({ length: 20 }, (_, index) => index));
    } finally {
      await database.close();
    }
  });

  it('a connection to a database that became read only is discarded', async () => {
    const database = new Database(new Pool({ connectionString: own.url, max: 4 }));
    try {
      await database.query(sql`create table written (x integer)`);
      await database.query(sql`set default_transaction_read_only = on`);
      expect(await thrownBy(() => database.query(sql`insert into written values (1)`))).toEqual({
        code: '25006',
        kind: 'transient',
      });
      await database.query(sql`insert into written values (1)`);
      expect(await database.query(sql`select x from written`)).toEqual([{ x: 1 }]);
    } finally {
      await database.close();
    }
  });
});

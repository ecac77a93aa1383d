import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { eventually } from '@assent/test-support/eventually';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { TcpProxy } from '@assent/test-support/tcp-proxy';
import { Listener, type ListenerOptions } from './listener';

const NAME = 'listener-spec';
const CHANNEL = 'Channel "one"';

describe('a listener', () => {
  let database: TestDatabase;
  let observer: Client;
  let listener: Listener | undefined;
  let heard: string[];
  let failures: unknown[];

  beforeAll(async () => {
    database = await createTestDatabase();
    observer = new Client({ connectionString: database.url });
    await observer.connect();
  });
  afterEach(() => listener?.close());
  afterAll(async () => {
    await observer.end();
    await database.drop();
  });

  const open = async (options: Partial<ListenerOptions> = {}) => {
    heard = [];
    failures = [];
    listener = new Listener({
      url: database.url,
      applicationName: NAME,
      channels: { [CHANNEL]: (payload) => heard.push(payload), other: (payload) => heard.push(`other: ${payload}`) },
      onLost: (failure) => failures.push(failure),
      ...options,
    });
    await listener.open();
    return listener;
  };
  const notify = (payload: string, channel = CHANNEL) => observer.query('select pg_notify($1, $2)', [channel, payload]);
  const connections = async () => {
    const { rows } = await observer.query<{ pid: number }>(
      'select pid from pg_stat_activity where application_name = $1 and datname = current_database()',
      [NAME],
    );
    return rows.map(({ pid }) => pid);
  };
  /** Notifications sent without a connection are lost, so this sends until one arrives. */
  const isHeardAgain = () =>
    eventually('a notification arrives', async () => {
      await notify('again');
      return heard.includes('again');
    });

  it('passes payloads to the handler of the channel', async () => {
    await open();
    await notify('a');
    await notify('b', 'other');
    await notify('c', 'a third one');
    await notify('');
    await eventually('all have arrived', () => heard.length === 3);
    expect(heard).toEqual(['a', 'other: b', '']);
  });

  it('replaces a connection that the server ends, and reports it once', async () => {
    await open();
    const [before] = await connections();
    await observer.query('select pg_terminate_backend($1)', [before]);
    await isHeardAgain();
    expect(failures).toHaveLength(1);
    const after = await connections();
    expect(after).toHaveLength(1);
    expect(after).not.toContain(before);
  });

  it('reconnects until the server is reachable again', async () => {
    const proxy = await TcpProxy.open(database.url);
    await open({ url: proxy.url });
    proxy.cutFor(1_000);
    await isHeardAgain();
    expect(failures).toHaveLength(1);
    await listener?.close();
    await proxy.close();
  });

  it('replaces a connection that has gone silent', async () => {
    const proxy = await TcpProxy.open(database.url);
    await open({ url: proxy.url, checkMs: 100 });
    proxy.silenceAll();
    await isHeardAgain();
    expect(failures).toEqual([new Error('Query read timeout')]);
    await listener?.close();
    await proxy.close();
  });

  it('fails to open if the server is unreachable', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as AddressInfo;
    nobody.close();
    await expect(open({ url: `postgres://127.0.0.1:${port}/none` })).rejects.toThrow('ECONNREFUSED');
  });

  it('closes its connection, and can be closed without one', async () => {
    await (await open()).close();
    await eventually('the connection is gone', async () => (await connections()).length === 0);
    const proxy = await TcpProxy.open(database.url);
    const lost = await open({ url: proxy.url });
    await proxy.refuse();
    await eventually('the loss is reported', () => failures.length === 1);
    await lost.close();
    expect(await connections()).toEqual([]);
  });
});

import { Pool } from 'pg';
import { connected } from '../../apps/server/src/connect';
import { servingPool } from '../../apps/server/src/serving.pool';
import { requireSession } from '../../apps/server/src/session.check';
import { Caller } from '../support/caller';
import { PoolingProxy, type Pooling } from '../support/pooling-proxy';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { DEVELOPER_KEY, startServer } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const REFUSAL =
  'DATABASE_URL: a pooler shares the connection to Postgres: it changes hands between transactions. Tenant isolation, locks and ' +
  'prepared statements need one session. Set the pooler to session mode for this database (PgBouncer: pool_mode = session), or ' +
  'connect to Postgres itself.';

describe('a pooler before Postgres', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  const proxies: PoolingProxy[] = [];

  beforeAll(async () => {
    [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
  });
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  });
  afterAll(async () => {
    await folder.remove();
    await database.drop();
  });

  async function pooler(pooling: Pooling): Promise<PoolingProxy> {
    const proxy = await PoolingProxy.open(database.url, pooling);
    proxies.push(proxy);
    return proxy;
  }

  const check = (url: string) => connected(url, (client) => requireSession(client, url));

  it.each<readonly [string, Pooling, number]>([
    ['with one connection', { mode: 'transaction', size: 1 }, 0],
    ['with many that it has not opened', { mode: 'transaction', size: 20 }, 0],
    ['with idle ones, the last used first', { mode: 'transaction', size: 20 }, 5],
    ['with idle ones in turn', { mode: 'transaction', size: 20, order: 'fifo' }, 2],
    ['with many idle ones in turn', { mode: 'transaction', size: 20, order: 'fifo' }, 5],
    ['with all idle in turn', { mode: 'transaction', size: 4, order: 'fifo' }, 4],
  ])('is refused when it shares them between transactions, %s', async (_, pooling, warm) => {
    const proxy = await pooler(pooling);
    await proxy.warm(warm);
    await expect(check(proxy.url)).rejects.toThrow(REFUSAL);
  });

  it('accepts a pooler that gives each client its own connection, and a direct connection', async () => {
    const proxy = await pooler({ mode: 'session', size: 20 });
    await check(proxy.url);
    await check(database.url);
  });

  it('is nothing to be said about when it has no connection left for the check', async () => {
    const proxy = await pooler({ mode: 'session', size: 1 });
    await check(proxy.url);
  });

  it('that shares them stops the start in one line, with MIGRATE_ON_START=on', () => refusesToStart('on'));

  it('that shares them stops the start in one line, with MIGRATE_ON_START=off', () => refusesToStart('off'));

  async function refusesToStart(migrate: string): Promise<void> {
    const { url } = await pooler({ mode: 'transaction', size: 10 });
    const settings = { databaseUrl: url, workspaces: folder.setting, env: { MIGRATE_ON_START: migrate } };
    await expect(startServer(settings)).rejects.toThrow(`The server ended:\nAssent did not start. ${REFUSAL}`);
  }

  it('that keeps them serves, with its time limits', async () => {
    const { url } = await pooler({ mode: 'session', size: 50 });
    const server = await startServer({ databaseUrl: url, workspaces: folder.setting });
    const tools = await new Caller(server.url, DEVELOPER_KEY).call('tool/list', {});
    expect(tools.items.length).toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
    const pool = new Pool(servingPool(url, 2));
    const asked = `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`;
    expect((await pool.query(asked)).rows).toEqual([{ statement: '20s', idle: '15s' }]);
    await pool.end();
  });
});

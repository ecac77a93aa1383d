import { tmpdir } from 'node:os';
import { Client, Pool } from 'pg';
import pino from 'pino';
import { Database, loadConfig, sql } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { eventually } from '@assent/test-support/eventually';
import { RunNotifier } from './run.notifier';

describe('a replica that knows of no other', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let notifier: RunNotifier;
  let client: Client;
  let signals = 0;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = new Database(new Pool({ connectionString: testDatabase.url, max: 1, pipeline: true }));
    notifier = new RunNotifier(database, loadConfig({}, tmpdir()), pino({ level: 'silent' }));
    await notifier.onModuleInit();
    // It listens, but not by the name of a replica: like one that has started since the others were counted.
    client = new Client({ connectionString: testDatabase.url });
    client.on('notification', () => (signals += 1));
    await client.connect();
    await client.query('listen assent_signals');
  });
  afterAll(async () => {
    await client.end();
    await notifier.onApplicationShutdown();
    await database.close();
    await testDatabase.drop();
  });

  it('sends a signal all the same: no poll makes up for it', async () => {
    await eventually('it has counted the replicas', async () => {
      const { rowCount } = await client.query(
        `select from pg_stat_activity where datname = current_database() and state = 'idle' and query like '%count(*)::integer as replicas%'`,
      );
      return rowCount === 1;
    });
    // On the same connection, so the count was read before.
    await database.query(sql`select 1`);
    await notifier.signal({ topic: 'tool_policy', key: 'local' });
    await eventually('the signal', () => signals === 1);
  });
});

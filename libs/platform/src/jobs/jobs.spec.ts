import { Client } from 'pg';
import pino from 'pino';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/postgres';
import { eventually } from '../../../../test/support/eventually';
import { Jobs } from './jobs';

const log = pino({ level: 'silent' });
const DAY_SECONDS = 86_400;

describe('the job queue', () => {
  let database: TestDatabase;
  let client: Client;
  let replicas: Jobs[];

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    // Only its address is used.
    const source = new DataSource({ type: 'postgres', url: database.url });
    replicas = [new Jobs(source, log), new Jobs(source, log)];
    await Promise.all(replicas.map((jobs) => jobs.onApplicationBootstrap()));
  });
  afterAll(async () => {
    await Promise.all(replicas.map((jobs) => jobs.onModuleDestroy()));
    await Promise.all(replicas.map((jobs) => jobs.beforeApplicationShutdown()));
    await client.end();
    await database.drop();
  });

  it('makes one job a slot and key, whichever replica asks, and works on it once; a failure is tried again', async () => {
    const made = await Promise.all(
      [...replicas, ...replicas].flatMap((jobs) =>
        ['a', 'b'].map((key) => jobs.once('memory', DAY_SECONDS, key, { tenantId: key })),
      ),
    );
    expect(made.filter((id) => id !== null)).toHaveLength(2);
    const worked: string[] = [];
    for (const jobs of replicas) {
      jobs.work<{ tenantId: string }>('memory', { concurrency: 2, pollMs: 20 }, ({ tenantId }) => {
        worked.push(tenantId);
        if (tenantId === 'b' && worked.filter((one) => one === 'b').length === 1) throw new Error('not yet');
        return Promise.resolve();
      });
    }
    await eventually('both were worked on', () => worked.length >= 2);
    // What only time would do: the pause after the failure is over.
    await eventually('the failed one was tried again', async () => {
      await client.query(`update pgboss.job set start_after = now() where name = 'memory' and state = 'retry'`);
      return worked.length === 3;
    });
    await eventually('both have ended', async () => {
      const { rows } = await client.query(`select from pgboss.job where name = 'memory' and state = 'completed'`);
      return rows.length === 2;
    });
    expect(worked.toSorted()).toEqual(['a', 'b', 'b']);
  });
});

import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { installJobs, missingQueues } from '@assent/platform';
import { dataSourceOptions } from './data-source';
import { MIGRATIONS } from './migrations';
import { raiseWall } from './tenant-wall';
import { installVectors } from './vector-table';

/** Any number, the same in every replica: whoever holds it migrates, the others wait. */
const MIGRATION_LOCK = 4_242_001;
/** SQLSTATE: the table that says what has been done is not there yet. */
const UNDEFINED_TABLE = '42P01';

/** Brings the schema up to date. Safe to call from several replicas at once. */
export async function migrate(databaseUrl: string): Promise<void> {
  await connected(databaseUrl, async (lock) => {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const dataSource = await new DataSource(dataSourceOptions(databaseUrl, 1)).initialize();
    try {
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
    await installJobs(lock, databaseUrl);
    await installVectors(lock);
    await raiseWall(lock);
  });
}

/** Names of the migrations and queues that this version needs and the database does not have; changes nothing. */
export async function pendingMigrations(databaseUrl: string): Promise<string[]> {
  return connected(databaseUrl, async (client) => {
    const done = await client.query<{ name: string }>('select name from migrations').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return { rows: [] };
      throw error;
    });
    const names = new Set(done.rows.map(({ name }) => name));
    const migrations = MIGRATIONS.map(({ name }) => name).filter((name) => !names.has(name));
    return [...migrations, ...(await missingQueues(client))];
  });
}

/** @throws Error when the database is behind this version */
export async function requireMigrated(databaseUrl: string): Promise<void> {
  const pending = await pendingMigrations(databaseUrl);
  if (pending.length === 0) return;
  throw new Error(
    `The schema is behind this version, and MIGRATE_ON_START is off: run "npm run migrate" first (${pending.join(', ')}).`,
  );
}

async function connected<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'assent-migrate' });
  client.on('error', () => undefined); // a lost connection gives a lock back; the query in hand reports the failure
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { installJobs } from '@assent/platform';
import { dataSourceOptions } from './data-source';

/** Any number, the same in every replica: whoever holds it migrates, the others wait. */
const MIGRATION_LOCK = 4_242_001;

/** Brings the schema up to date. Safe to call from several replicas at once. */
export async function migrate(databaseUrl: string): Promise<void> {
  const lock = new Client({ connectionString: databaseUrl, application_name: 'assent-migrate' });
  lock.on('error', () => undefined); // a lost connection gives the lock back; the query in hand reports the failure
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const dataSource = await new DataSource(dataSourceOptions(databaseUrl, 1)).initialize();
    try {
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
    await installJobs(lock, databaseUrl);
  } finally {
    await lock.end();
  }
}

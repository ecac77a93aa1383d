import type { Client } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { StartError } from '@assent/platform';
import { connected } from './connect';
import { MIGRATIONS } from './migrations';
import { requireSession } from './session.check';
import { enableRowLevelSecurity } from './row-level-security';
import { installVectors } from './vector-table';

/** Advisory lock key, the same in every replica: the holder migrates, the others wait. */
const MIGRATION_LOCK = 4_242_001;
/** SQLSTATE: the table of executed migrations does not exist yet. */
const UNDEFINED_TABLE = '42P01';
const CONNECT_TIMEOUT_MS = 5_000;

/** Brings the schema up to date. Safe to call from several replicas at once. */
export async function migrate(databaseUrl: string): Promise<void> {
  await connected(databaseUrl, async (lock) => {
    await requireSession(lock, databaseUrl);
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if ((await pendingIn(lock)).length > 0) await runMigrations(databaseUrl);
    await installVectors(lock);
    await enableRowLevelSecurity(lock);
  });
}

/** Names of the migrations that this version needs and the database does not have; changes nothing. */
export async function pendingMigrations(databaseUrl: string): Promise<string[]> {
  return connected(databaseUrl, pendingIn);
}

/** @throws StartError when the database is behind this version, or behind a pooler that cannot be used */
export async function requireMigrated(databaseUrl: string): Promise<void> {
  await connected(databaseUrl, (client) => requireSession(client, databaseUrl));
  const pending = await pendingMigrations(databaseUrl);
  if (pending.length === 0) return;
  throw new StartError([
    `MIGRATE_ON_START is off, and the schema is behind this version: run "npm run migrate" first (${pending.join(', ')}).`,
  ]);
}

/** For TypeORM, which runs the migrations. Only migrations change the schema. */
export function migrationOptions(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    synchronize: false,
    poolSize: 1,
    applicationName: 'assent',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
  };
}

async function runMigrations(databaseUrl: string): Promise<void> {
  // Most starts find an up-to-date schema and need no TypeORM.
  const { DataSource } = await import('typeorm');
  const dataSource = await new DataSource(migrationOptions(databaseUrl)).initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
}

async function pendingIn(client: Client): Promise<string[]> {
  const names = await migrationsDone(client);
  return MIGRATIONS.map(({ name }) => name).filter((name) => !names.has(name));
}

/** Names of the migrations that the database has; none if it was never migrated. */
export async function migrationsDone(client: Client): Promise<ReadonlySet<string>> {
  const done = await client.query<{ name: string }>('select name from migrations').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return { rows: [] };
    throw error;
  });
  return new Set(done.rows.map(({ name }) => name));
}

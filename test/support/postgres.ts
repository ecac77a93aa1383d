import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A separate database for one test file, with the current schema. */
export interface TestDatabase {
  readonly url: string;
  /** Cuts the connections that are left, and removes it. */
  drop(): Promise<void>;
}

/** How the global setup passes the database to clone to test files: by the environment, which Jest workers inherit. */
const SERVER_VARIABLE = 'TEST_POSTGRES_SERVER';
const TEMPLATE_VARIABLE = 'TEST_POSTGRES_TEMPLATE';

const PREFIX = 'assent_test_';
/** The time in the name is that of the run. Clones carry the name of their template and some more. */
const NAME = new RegExp(`^${PREFIX}([0-9a-z]+)_`);
const TIME_RADIX = 36;
const RANDOM_BYTES = 5;
/** No run takes this long: older databases were left by a killed run. */
const LEFTOVER_AFTER_MS = 7_200_000;

/** Clones the migrated template. A test file makes its own before all tests, and drops it after them. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createFrom((template) => template);
}

/** One without any schema: what a first installation finds. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createFrom(() => 'template0');
}

async function createFrom(source: (template: string) => string): Promise<TestDatabase> {
  const server = process.env[SERVER_VARIABLE];
  const template = process.env[TEMPLATE_VARIABLE];
  if (server === undefined || template === undefined) {
    throw new Error('No test database was prepared: run the tests with the globalSetup of the Jest configuration.');
  }
  const name = `${template}_${randomName()}`;
  // The default strategy (wal_log): on a durable server it is several times as fast as copying files, in memory the same.
  await onServer(server, (client) => client.query(`create database ${name} template ${source(template)}`));
  return { url: urlOf(server, name), drop: () => dropDatabases(server, (other) => other === name) };
}

/** Stores the password so that a client derives its key in one round instead of 4,096: a run opens thousands of connections. */
export async function shortenSignIn(server: string): Promise<void> {
  await onServer(server, async (client) => {
    await client.query('set scram_iterations = 1');
    await client.query(`alter role current_user password ${client.escapeLiteral(new URL(server).password)}`);
  });
}

/** Makes the database that test files clone: `migrate` brings an empty one up to date. */
export async function createTemplate(server: string, migrate: (url: string) => Promise<void>): Promise<void> {
  const name = `${PREFIX}${Date.now().toString(TIME_RADIX)}_${randomName()}`;
  await onServer(server, (client) => client.query(`create database ${name} template template0`));
  await migrate(urlOf(server, name));
  process.env[SERVER_VARIABLE] = server;
  process.env[TEMPLATE_VARIABLE] = name;
}

/** Removes the template of this run, and the clones that test files have left. */
export async function dropTemplate(): Promise<void> {
  const server = process.env[SERVER_VARIABLE];
  const template = process.env[TEMPLATE_VARIABLE];
  if (server === undefined || template === undefined) return;
  await dropDatabases(server, (name) => name.startsWith(template));
}

/** Removes what killed runs have left on a server that outlives them. */
export async function dropLeftovers(server: string, now = Date.now()): Promise<void> {
  await dropDatabases(server, (name) => {
    const startedAt = Number.parseInt(NAME.exec(name)?.[1] ?? '', TIME_RADIX);
    return startedAt < now - LEFTOVER_AFTER_MS;
  });
}

async function dropDatabases(server: string, isMeant: (name: string) => boolean): Promise<void> {
  await onServer(server, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [PREFIX],
    );
    for (const { name } of rows.filter((row) => isMeant(row.name))) {
      await client.query(`drop database if exists ${name} with (force)`);
    }
  });
}

async function onServer<T>(server: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: server, application_name: 'assent-test-support' });
  // A server that goes away fails the statement in progress; the event reports it a second time.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

function randomName(): string {
  return randomBytes(RANDOM_BYTES).toString('hex');
}

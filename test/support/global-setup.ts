import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@assent/platform';
import { framesUntil } from './frames';
import { measureSlowness } from './limits';
import { decide, startPending } from './pending';
import { createTemplate, dropLeftovers, dropTemplate, shortenSignIn } from './postgres';
import { drawPropertySeed } from './property-seed';
import { Stage } from './stage';

/** What the global teardown calls; it runs in the same process. */
export type TeardownGlobal = typeof globalThis & { removeTestPostgres?: () => Promise<void> };

type Migrate = (databaseUrl: string) => Promise<void>;

const SERVER = join(__dirname, '../../dist/server');
const MEMORY_FOLDER = '/dev/shm';
/** The log takes up to 256 MB, a test file some 10 MB; containers often have no more than 64 MB. */
const MEMORY_WANTED_BYTES = 2_000_000_000;

/** These databases live as long as the run: nothing must survive a power failure or needs a vacuum. */
const THROWAWAY = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  // Several test files at once, each with the pools of several servers.
  max_connections: '300',
  // The log may lie in memory.
  max_wal_size: '256MB',
};

/** Prepares the Postgres of a run: the one in TEST_DATABASE_URL, or an embedded one that ends with this process. */
export default async function globalSetup(): Promise<void> {
  measureSlowness();
  const drawn = drawPropertySeed(process.env, Math.random());
  if (drawn) {
    // The processes that run the test files inherit it.
    process.env['PROPERTY_SEED'] = String(drawn.seed);
    process.stderr.write(`\n${drawn.message}\n`);
  }
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    await dropLeftovers(given);
    await prepare(given, loadMigrate(), dropTemplate);
    return;
  }
  await Promise.all([removeLeftovers(MEMORY_FOLDER), removeLeftovers(tmpdir())]);
  const dataDir = await mkdtemp(join(await pickFolder(), `assent-test-${process.pid}-`));
  // Postgres starts in other processes, so the migrations are loaded in parallel.
  const starting = startEmbeddedPostgres({ dataDir, settings: THROWAWAY });
  const migrate = loadMigrate();
  const postgres = await starting;
  await shortenSignIn(postgres.url);
  await prepare(postgres.url, migrate, async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
}

async function prepare(server: string, migrate: Migrate, remove: () => Promise<void>): Promise<void> {
  try {
    await createTemplate(server, migrate);
    await compileServer();
    (globalThis as TeardownGlobal).removeTestPostgres = remove;
  } catch (error) {
    // After a failed setup there is no teardown.
    await remove();
    throw error;
  }
}

/**
 * A server that ends by itself leaves its compiled code to all later ones, see scripts/starter.cjs. A run with an approval
 * compiles the functions that most tests call.
 */
async function compileServer(): Promise<void> {
  const compiled = join(SERVER, `bundle.${process.version}.cache`);
  if (!existsSync(SERVER) || existsSync(compiled)) return;
  const stage = await Stage.open();
  try {
    const { process: server, developer, reviewer } = await stage.start();
    const asked = await startPending(developer, 'compiled.txt', 'compiled\n');
    await decide(reviewer, asked, 'approve');
    await framesUntil(developer, asked.runId, 'run.completed');
    await server.stop();
  } finally {
    await stage.close();
  }
}

/** Loads much of the server, so not before it is needed. */
function loadMigrate(): Migrate {
  return (createRequire(__filename)('../../apps/server/src/migrate') as { migrate: Migrate }).migrate;
}

/** Memory, where there is enough: making and removing thousands of files slows a disk's file system down. */
async function pickFolder(): Promise<string> {
  const free = await statfs(MEMORY_FOLDER).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free < MEMORY_WANTED_BYTES ? tmpdir() : MEMORY_FOLDER;
}

/** A run that was killed takes its Postgres along, but not its folder, which carries the process id of the run. */
async function removeLeftovers(folder: string): Promise<void> {
  // Not every system has the memory folder.
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = Number(/^assent-test-(\d+)-/.exec(name)?.[1]);
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Alive, and owned by another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

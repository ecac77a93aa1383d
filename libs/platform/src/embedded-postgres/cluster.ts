import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssentError } from '@assent/contract';
import { giveTo, type Account } from './account';
import type { Binaries } from './binaries';
import { runProgram } from './run-program';
import { toArguments } from './settings';
import { hasCode, isMissing } from './system-error';

/** Name of both the database and the role that owns it. */
export const DATABASE = 'assent';

/** The password of clients, kept beside the cluster in a file that only we can read. */
export interface Access {
  readonly port: number;
  readonly password: string;
}

const ACCESS_FILE = 'access.json';
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const PASSWORD_BYTES = 24;
const NO_PORT_YET = 0;
const DRAFT_PREFIX = 'postgres.new-';
/** Much longer than the creation of a cluster takes: the process behind an older draft is gone. */
const DRAFT_LIFE_MS = 3_600_000;

/** Paths of the embedded Postgres below DATA_DIR. */
export function homeIn(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/** The data directory of Postgres itself; the only part that belongs to the account. */
export function clusterIn(home: string): string {
  return join(home, 'cluster');
}

/**
 * The data directory as passed to a Postgres program that was started inside it. Root starts it as another user, who
 * may have no access to the parent folders; this name of the current folder needs none (Linux).
 */
export function hereFor(account: Account | undefined): string {
  return account === undefined ? '.' : '/proc/self/cwd';
}

/**
 * Creates the cluster if it is missing: built in a temporary folder, synced, then renamed, so that a kill at any moment
 * leaves a complete cluster or none. If two servers create it at once, the first rename wins.
 * @throws AssentError conflict: the folder is not ours or from another Postgres; internal: a program failed
 */
export async function ensureCluster(dataDir: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const home = homeIn(dataDir);
  await mkdir(dataDir, { recursive: true });
  await removeDrafts(dataDir);
  if (await isUsable(home, binaries)) return;

  const draft = await mkdtemp(join(dataDir, DRAFT_PREFIX));
  try {
    await buildCluster(draft, binaries, account);
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!hasCode(error, ['ENOTEMPTY', 'EEXIST'])) throw error;
  }
  await syncFolder(dataDir);
}

/** @throws AssentError conflict: the file is missing or unreadable */
export async function readAccess(home: string): Promise<Access> {
  const file = join(home, ACCESS_FILE);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Access;
  } catch (error) {
    throw new AssentError(
      'conflict',
      `The password of the database is gone: ${file} cannot be read. ` +
        `Restore it from a backup, or move ${home} away to begin with an empty database.`,
      {},
      { cause: error },
    );
  }
}

export async function writeAccess(home: string, access: Access): Promise<void> {
  const draft = join(home, `${ACCESS_FILE}.${String(process.pid)}`);
  await writeFile(draft, JSON.stringify(access), { mode: OWNER_ONLY_FILE, flush: true });
  // When root uses the database of an ordinary user, it stays the property of that user.
  const { uid, gid } = await stat(home);
  await chown(draft, uid, gid);
  await rename(draft, join(home, ACCESS_FILE));
}

async function isUsable(home: string, { majorVersion }: Binaries): Promise<boolean> {
  const cluster = clusterIn(home);
  try {
    const found = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
    if (found === String(majorVersion)) return true;
    throw new AssentError(
      'conflict',
      `The database in ${cluster} was created by Postgres ${found}, and this server brings Postgres ${String(majorVersion)}. ` +
        `Dump it with the old version, move ${home} away, start again and load the dump; or set DATABASE_URL.`,
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  if (await isEmpty(home)) return false;
  throw new AssentError(
    'conflict',
    `${home} is there, but holds no database of this server. Move it away, or set DATA_DIR to another folder.`,
  );
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

async function buildCluster(home: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const cwd = clusterIn(home);
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  await mkdir(cwd, { mode: OWNER_ONLY_FOLDER });
  await giveTo(account, cwd);
  const here = hereFor(account);
  const step = async (name: string, program: string, args: readonly string[], input?: string): Promise<void> => {
    const { code, errors } = await runProgram(program, args, { cwd, account, ...(input !== undefined && { input }) });
    // A single-user session continues after a failed statement and still exits with 0.
    if (code === 0 && !/\b(ERROR|FATAL|PANIC):/.test(errors)) return;
    throw new AssentError('internal', `The embedded database could not be created (${name}): ${errors.trim()}`);
  };
  // The role may do what a managed Postgres lets its owner do. It is not a superuser, because row-level security does not
  // apply to superusers. The superuser has no password, so nobody can log in as superuser.
  const statements = [
    `create role ${DATABASE} login createdb createrole password '${password}'`,
    `create database ${DATABASE} owner ${DATABASE} strategy file_copy`,
  ];
  await step('initdb', binaries.initdb, [
    ...['-D', here, '--username=postgres', '--encoding=UTF8', '--locale=C', '--locale-provider=builtin'],
    ...['--builtin-locale=C.UTF-8', '--auth-local=reject', '--auth-host=scram-sha-256', '--no-instructions'],
    // Before the last step nothing here needs to be flushed to disk: -F and --no-sync save a third of the time.
    '--no-sync',
  ]);
  const quiet = toArguments({ log_min_error_statement: 'panic', log_checkpoints: 'off' });
  await step(
    'first session',
    binaries.postgres,
    ['--single', '-F', '-D', here, ...quiet, 'template1'],
    statements.join('\n'),
  );
  await step('sync', binaries.initdb, ['-D', here, '--sync-only']);
  await writeAccess(home, { port: NO_PORT_YET, password });
  await syncFolder(home);
}

/** Removes drafts of servers that were killed while they created a cluster. */
async function removeDrafts(dataDir: string): Promise<void> {
  const oldest = Date.now() - DRAFT_LIFE_MS;
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(DRAFT_PREFIX)) continue;
    const draft = join(dataDir, name);
    if ((await modifiedAt(draft)) < oldest) await rm(draft, { recursive: true, force: true });
  }
}

/** Modification time in milliseconds since the epoch; a path that was just moved counts as new. */
async function modifiedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Infinity,
  );
}

/** Makes a rename in `folder` survive a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

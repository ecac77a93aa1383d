import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from '@assent/test-support/eventually';
import { inLittleSpace, MAY_MOUNT } from '@assent/test-support/small-disk';
import { clusterIn, homeIn } from '../embedded-postgres/cluster';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded-postgres/embedded-postgres';
import { failureOf } from './failure';
import { Connections, thrownBy } from './testing/connections';
import { serverErrorOf } from './testing/false-server';

const connections = new Connections();
const open = (url: string) => connections.open(url);
afterEach(() => connections.close());

describe('a Postgres server that ends', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-failure-'));
    postgres = await startEmbeddedPostgres({ dataDir: folder });
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('crashes: every connection gets 57P02 and ends, which is transient', async () => {
    const [victim, other] = await Promise.all([open(postgres.url), open(postgres.url)]);
    const warned = once(other, 'notice');
    const sleeping = other.query('select pg_sleep(60)');
    // A backend that ends before it has read the query resets the connection.
    await eventually('the other connection sleeps', async () => {
      const asleep = await victim.query("select from pg_stat_activity where wait_event = 'PgSleep'");
      return asleep.rowCount === 1;
    });
    const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    const reported = await thrownBy(() => sleeping);
    expect(reported).toEqual({ code: 'Connection terminated unexpectedly', kind: 'transient' });
    const [notice] = (await warned) as [{ code: string }];
    expect(notice.code).toBe('57P02');
    // The response to new connections until it has recovered.
    await eventually('it takes connections again', async () => {
      const answer = await open(postgres.url).catch((thrown: unknown) => thrown);
      if (!(answer instanceof Client)) expect(failureOf(answer)?.kind).toBe('transient');
      return answer instanceof Client;
    });
  });

  it('shuts down: new connections are refused with 57P03, which is transient', async () => {
    await open(postgres.url);
    const [pid] = (await readFile(join(clusterIn(homeIn(folder)), 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGTERM');
    const reported = await thrownBy(async () => {
      // The signal is on its way.
      for (;;) await (await open(postgres.url)).query('select 1');
    });
    expect(reported).toEqual({ code: '57P03', kind: 'transient' });
  });
});

/** Fills the disk of a Postgres server; returns the error, and whether the server works again once there is space. */
const FILLER = `
  const [root, folder] = process.argv.slice(1);
  const { startEmbeddedPostgres } = require(root + '/embedded-postgres/embedded-postgres');
  const { failureOf } = require(root + '/database/failure');
  const { Client } = require('pg');
  (async () => {
    const postgres = await startEmbeddedPostgres({ dataDir: folder + '/data' });
    const ballast = folder + '/ballast';
    require('node:fs').writeFileSync(ballast, Buffer.alloc(8_000_000));
    const client = new Client(postgres.url);
    await client.connect();
    await client.query('create table filler (x text); alter table filler alter x set storage plain');
    let failure;
    while (!failure) {
      await client.query("insert into filler select repeat('x', 7000) from generate_series(1, 500)").catch((error) => { failure = error; });
    }
    require('node:fs').rmSync(ballast);
    const { rows } = await client.query('insert into filler values (1) returning x');
    const { code } = failure;
    process.stdout.write(JSON.stringify([{ code, kind: (failureOf(failure) || {}).kind }, rows]));
    await client.end();
    await postgres.stop();
  })();
`;
const CLUSTER_KILOBYTES = 120_000;

it('reports a full disk as 53100, which is transient, and continues once there is space', async () => {
  // Mounting a small disk needs privileges; without them the error is simulated.
  if (!MAY_MOUNT) {
    expect(await serverErrorOf('53100')).toEqual({ code: '53100', kind: 'transient' });
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'assent-full-'));
  try {
    const node = [process.execPath, '-r', '@swc-node/register', '-e', FILLER, '--', join(__dirname, '..'), folder];
    const [program, ...args] = inLittleSpace(folder, CLUSTER_KILOBYTES, node);
    const { stdout, stderr } = spawnSync(program, args, { cwd: join(__dirname, '../../../..'), encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    expect(JSON.parse(stdout)).toEqual([{ code: '53100', kind: 'transient' }, [{ x: '1' }]]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

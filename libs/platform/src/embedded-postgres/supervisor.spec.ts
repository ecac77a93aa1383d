import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pickAccount } from './account';
import { findBinaries } from './binaries';
import { clusterIn, hereFor, homeIn } from './cluster';
import { startEmbeddedPostgres } from './embedded-postgres';
import { loopbackOnly, toArguments } from './settings';
import { launch } from './supervisor';

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'assent-supervisor-'));
});

afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

it('kills a Postgres that does not end within the grace period, without losing committed data', async () => {
  const made = await startEmbeddedPostgres({ dataDir });
  await made.stop();
  const cluster = clusterIn(homeIn(dataDir));
  const account = await pickAccount(homeIn(dataDir), cluster);
  const lines: string[] = [];
  const launched = await launch({
    program: (await findBinaries(account)).postgres,
    args: ['-D', hereFor(account), ...toArguments(loopbackOnly(Number(new URL(made.url).port)))],
    cwd: cluster,
    account,
    stalePid: undefined,
    stopGraceSeconds: 1,
    onLog: (line) => lines.push(line),
  });
  if (!launched.ready) throw new Error(launched.lines.join('\n'));

  const client = await connect(made.url);
  await client.query(`create table note as select 'committed' as text`);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  // A stopped session does not receive the signal to end.
  for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
  await launched.stop();
  expect(lines.join('\n')).toContain('received immediate shutdown request');
  await client.end().catch(() => undefined);

  const again = await startEmbeddedPostgres({ dataDir });
  const reader = await connect(again.url);
  expect((await reader.query('select text from note')).rows).toEqual([{ text: 'committed' }]);
  await reader.end();
  await again.stop();
});

async function connect(url: string): Promise<Client> {
  const client = new Client(url);
  // The shutdown under test ends the connection.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

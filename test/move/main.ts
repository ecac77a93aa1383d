import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { streamOf } from '../../bench/support/random';
import type { Installation } from '../chaos/installation';
import { withSecondPostgres } from '../chaos/second-postgres';
import { fileCycle, startWorkload } from '../chaos/workload';
import { Caller } from '../support/caller';
import type { DebianPostgres } from '../support/debian-postgres';
import { eventually } from '../support/eventually';
import { measureSlowness } from '../support/limits';
import { violations } from '../support/oracle';
import { runProgram } from '../support/program';
import { Replicas } from '../support/replicas';
import { DEVELOPER_KEY } from '../support/server-process';

const ROOT = join(__dirname, '../..');
const CLI = join(ROOT, 'dist/server/cli.js');
const SCRIPT = join(ROOT, 'scripts/move-tenant.sh');
const TENANT = 'local';
const TARGET = 'target';
const WAITING = 3;
const SEED = 1;
const run = promisify(execFile);

/** `npm run test:move`: moves a tenant to a second installation, and goes on there. @returns the exit status */
async function main(): Promise<number> {
  measureSlowness();
  const broken = await withSecondPostgres('move', move);
  for (const promise of broken) process.stdout.write(`BROKEN: ${promise}\n`);
  return broken.length === 0 ? 0 : 1;
}

/** @returns the broken promises */
async function move(installation: Installation<DebianPostgres>, to: DebianPostgres): Promise<string[]> {
  const { cycles, folder, receiver, replicas, settings } = installation;
  const waiting = await Promise.all(Array.from({ length: WAITING }, () => fileCycle(installation)));
  for (const cycle of waiting) {
    await cycle.start();
    await cycle.seen('run.waiting');
  }
  await Promise.all(startWorkload(installation, streamOf(SEED), SEED));
  await installation.caller(DEVELOPER_KEY).call('pause/set', { reason: 'The tenant moves.' });
  await eventually('no run is active, no webhook due', async () => {
    const rows = await installation.rows(
      `select from runs where lease_owner is not null union all select from webhook_deliveries where state = 'pending'`,
    );
    return rows.length === 0;
  });
  for (const server of [...installation.servers]) await installation.stop(server);
  const databaseUrl = await openTarget(to);
  const env = { ...process.env, DATABASE_URL: installation.databaseUrl, NEW_DATABASE_URL: databaseUrl };
  const { stdout } = await run('bash', [SCRIPT, TENANT], { env });
  process.stdout.write(`rows by table: ${stdout.trim().replaceAll('\n', ', ')}\n`);
  const sent = receiver.requests.length;
  const target = new Replicas({ ...settings, databaseUrl });
  try {
    const server = await target.start();
    await new Caller(server.url, DEVELOPER_KEY).call('pause/clear', {});
    // Clients of the tenant find the new installation under the old name.
    replicas.forwardTo(server);
    for (const cycle of waiting) {
      await cycle.approve();
      await cycle.ended();
    }
    await eventually('the webhooks are sent', () => receiver.requests.length >= sent + WAITING);
    process.stdout.write(`decided at the target: ${WAITING} of ${WAITING} runs that waited at the source\n`);
    return await violations({ databaseUrl, folder, cycles, servers: [...replicas.all, ...target.all] });
  } finally {
    await target.stopAll();
  }
}

/** An empty database with the schema. */
async function openTarget({ url: server }: DebianPostgres): Promise<string> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${TARGET}`);
  await client.end();
  const url = Object.assign(new URL(server), { pathname: `/${TARGET}` }).href;
  await run(process.execPath, [CLI, 'migrate'], { env: { DATABASE_URL: url } });
  return url;
}

runProgram(main);

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { streamOf } from '../../bench/support/random';
import { judge, textOf } from '../chaos/episode';
import type { Installation } from '../chaos/installation';
import { withSecondPostgres } from '../chaos/second-postgres';
import { Tally } from '../chaos/tally';
import { fileCycle, startWorkload } from '../chaos/workload';
import { binFolder, type DebianPostgres } from '../support/debian-postgres';
import { eventually } from '../support/eventually';
import { measureSlowness } from '../support/limits';
import { violations } from '../support/oracle';
import { commandBlocks } from '../support/page-blocks';
import { decide } from '../support/pending';
import { runProgram } from '../support/program';
import { Replicas } from '../support/replicas';
import { REVIEWER_KEY } from '../support/server-process';

const ROOT = join(__dirname, '../..');
const PAGE = join(ROOT, 'docs/operations.md');
/** Words that the block of commands of each step holds. */
const DUMP = 'pg_dump';
const RESTORE = 'pg_restore';
const WAITING = 3;
const WORKLOADS = 3;
const SEED = 1;
const RESTORED = 'assent';
const ENDED = "('completed', 'failed', 'cancelled')";

interface Report {
  readonly lines: string[];
  readonly broken: string[];
}

/** `npm run test:backup`: dumps under load, restores into a new Postgres, and goes on there. @returns the exit status */
async function main(): Promise<number> {
  measureSlowness();
  const { lines, broken } = await withSecondPostgres('backup', play);
  for (const line of lines) process.stdout.write(`${line}\n`);
  for (const promise of broken) process.stdout.write(`BROKEN: ${promise}\n`);
  if (broken.length === 0) process.stdout.write('audit chain, frames, decisions, files, webhooks: as promised\n');
  return broken.length === 0 ? 0 : 1;
}

async function play(installation: Installation<DebianPostgres>, to: DebianPostgres, folder: string): Promise<Report> {
  const waiting = await Promise.all(Array.from({ length: WAITING }, () => fileCycle(installation)));
  for (const cycle of waiting) {
    await cycle.start();
    await cycle.seen('run.waiting');
  }
  const jobs = Array.from({ length: WORKLOADS }, (_, index) =>
    startWorkload(installation, streamOf(SEED, index), index),
  ).flat();
  await eventually('some runs have ended, others work', () => isUnderLoad(installation));
  const dump = join(folder, 'assent.dump');
  const databases = {
    DATABASE_URL: installation.databaseUrl,
    NEW_DATABASE_URL: databaseOf(to.url, RESTORED),
    DUMP: dump,
  };
  await commands(DUMP, databases);
  const settled = await Promise.allSettled(jobs);
  const broken = settled.flatMap((job) => (job.status === 'rejected' ? [textOf(job.reason)] : []));
  broken.push(...(await judge(installation, new Tally())));
  for (const server of [...installation.servers]) await installation.kill(server);
  await onDatabase(to.url, (sql) => sql.query(`create database ${RESTORED}`));
  await commands(RESTORE, databases);
  const restored = await goOn(
    installation,
    databases.NEW_DATABASE_URL,
    waiting.map(({ runId }) => runId),
  );
  return { lines: restored.lines, broken: [...broken, ...restored.broken] };
}

/** A server on the restored database decides what waits there, until every run has ended. */
async function goOn(
  installation: Installation<DebianPostgres>,
  databaseUrl: string,
  waiting: readonly string[],
): Promise<Report> {
  const { receiver, shop, folder, settings } = installation;
  const rows = <Row extends object>(text: string, values: unknown[] = []) =>
    onDatabase(databaseUrl, async (sql) => (await sql.query<Row>(text, values)).rows);
  const [counts] = await rows<{ runs: number; open: number }>(
    `select count(*)::integer as runs, count(*) filter (where state not in ${ENDED})::integer as open from runs`,
  );
  const delivered = await rows<{ id: string }>(
    `select event_id as id from webhook_deliveries where state = 'delivered'`,
  );
  const [sent, ordered] = [receiver.requests.length, shop.requests.length];
  const replicas = new Replicas({ ...settings, databaseUrl });
  try {
    const server = await replicas.start();
    await eventually('every run has ended', async () => {
      const { items } = await replicas.reviewer.approvals.list({ state: 'pending', limit: 100 });
      for (const approval of items) await decide(installation.caller(REVIEWER_KEY, server), approval, 'approve');
      await rows(`update webhook_deliveries set next_attempt_at = now() where state = 'pending'`);
      const [left] = await rows<{ count: number }>(
        `select ((select count(*) from runs where state not in ${ENDED}) +
           (select count(*) from webhook_deliveries where state = 'pending'))::integer as count`,
      );
      return left?.count === 0;
    });
    const states = await rows<{ id: string; state: string }>('select id, state from runs where id = any($1)', [
      waiting,
    ]);
    const known = new Set(
      (await rows<{ path: string }>(`select files->0->>'path' as path from diffs`)).map(({ path }) => path),
    );
    const broken = await violations({
      databaseUrl,
      // A run that was started after the dump is not in the new database, its file is.
      folder: {
        tasks: folder.tasks.filter(({ path }) => known.has(path)),
        read: (path) => folder.read(path),
        strangers: () => folder.strangers(),
      },
      cycles: [],
      servers: replicas.all,
    });
    const idOf = ({ headers }: (typeof receiver.requests)[number]) => String(headers['webhook-id']);
    const [before, after] = [receiver.requests.slice(0, sent), receiver.requests.slice(sent)];
    const isDelivered = new Set(delivered.map(({ id }) => `msg_${id}`));
    const bodies = new Map(before.map((request) => [idOf(request), request.body]));
    const again = after.filter((request) => bodies.has(idOf(request)));
    return {
      lines: [
        `in the dump: ${counts?.runs} runs, ${counts?.open} of them not ended, ${delivered.length} webhooks delivered`,
        `decided after the restore: ${states.filter(({ state }) => state === 'completed').length} of ${waiting.length} runs that waited before the dump`,
        `webhooks sent by the new installation: ${after.length}, of them ${again.length} a second time, with the same id and bytes`,
        `orders sent by the new installation: ${shop.requests.length - ordered}`,
      ],
      broken: [
        ...broken,
        ...states
          .filter(({ state }) => state !== 'completed')
          .map(({ id, state }) => `the run ${id} that waited is ${state}`),
        ...after
          .filter((request) => isDelivered.has(idOf(request)))
          .map((request) => `${idOf(request)} was recorded as delivered and is sent again`),
        ...again
          .filter((request) => bodies.get(idOf(request)) !== request.body)
          .map((request) => `${idOf(request)} is sent again with other bytes`),
      ],
    };
  } finally {
    await replicas.stopAll();
  }
}

async function isUnderLoad(installation: Installation<DebianPostgres>): Promise<boolean> {
  const [runs] = await installation.rows<{ ended: number; open: number }>(
    `select count(*) filter (where state in ${ENDED})::integer as ended,
       count(*) filter (where state not in ${ENDED})::integer as open from runs`,
  );
  return runs !== undefined && runs.ended > 0 && runs.open > WAITING;
}

/** Runs the block of the page that holds a word, with the addresses of the test. */
async function commands(word: string, env: Readonly<Record<string, string>>): Promise<void> {
  const block = commandBlocks(await readFile(PAGE, 'utf8')).find(({ commands: text }) => text.includes(word));
  if (!block) throw new Error(`${PAGE} has no commands with ${word}.`);
  const PATH = `${await binFolder()}:${process.env['PATH'] ?? ''}`;
  await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', block.commands], {
    cwd: ROOT,
    env: { ...process.env, PATH, ...env },
  });
}

async function onDatabase<T>(url: string, work: (sql: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'assent-test' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function databaseOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

runProgram(main);

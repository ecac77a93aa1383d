import { setTimeout as pause } from 'node:timers/promises';
import { readOptions, wholeNumber } from '@assent/client/cli';
import { between, streamOf } from '../../bench/support/random';
import { judge, textOf, unfinishedRuns } from '../chaos/episode';
import { Installation, migrateTemplate } from '../chaos/installation';
import { Tally } from '../chaos/tally';
import { startWorkload } from '../chaos/workload';
import { measureSlowness } from '../support/limits';
import { PatroniCluster } from '../support/patroni';
import { runProgram } from '../support/program';
import { startServer } from '../support/server-process';

const DEFAULT_TIMES = 5;
const USAGE = 'Usage: npm run test:failover -- --times N';
/** Each has three runs that change files, an order, a held hook and a gateway call. */
const WORKLOADS = 3;
const MAX_DELAY_MS = 2_000;
const MS_PER_SECOND = 1_000;
const HEAD = ['time', 'killed', 'unfinished runs', 'writes again after', 'all runs ended after', 'promises'];
const REFUSAL = /Assent did not start\. DATABASE_URL: Postgres at \S+ is a standby/;

/** `npm run test:failover -- --times N` @returns the exit status: 1 when a promise was broken */
async function main(args: readonly string[]): Promise<number> {
  const times = timesOf(args);
  measureSlowness();
  const log = (line: string) => void process.stdout.write(`${line}\n`);
  const cluster = await PatroniCluster.start();
  const tally = new Tally();
  let broken: string[] = [];
  try {
    await migrateTemplate(cluster);
    const installation = await Installation.open(cluster, cluster.folder, 'failover');
    try {
      broken = await problemsOnStandby(cluster, installation);
      log(`| ${HEAD.join(' | ')} |`);
      log(`| ${HEAD.map(() => '---').join(' | ')} |`);
      for (let time = 1; time <= times && broken.length === 0; time += 1) {
        const { row, problems } = await failOver(installation, cluster, time);
        broken = [...problems, ...installation.broken];
        if (broken.length === 0) {
          await cluster.rejoin();
          broken = await judge(installation, time === times ? tally : new Tally());
        }
        log(`| ${[time, ...row, broken.length === 0 ? 'kept' : 'BROKEN'].join(' | ')} |`);
      }
    } finally {
      await installation.close();
    }
  } finally {
    await cluster.close();
  }
  for (const promise of broken) log(`BROKEN: ${promise}`);
  if (broken.length === 0) log(tally.lines().at(-1) ?? '');
  return broken.length === 0 ? 0 : 1;
}

/** @throws UsageError */
function timesOf(args: readonly string[]): number {
  const { values } = readOptions(args, { options: { times: { type: 'string', default: String(DEFAULT_TIMES) } } });
  return wholeNumber('--times', values.times, 1);
}

/** Kills the primary while clients of every kind work, and waits until each has ended. */
async function failOver(installation: Installation<PatroniCluster>, cluster: PatroniCluster, time: number) {
  const random = streamOf(time);
  const jobs = Array.from({ length: WORKLOADS }, (_, index) =>
    startWorkload(installation, random, time * WORKLOADS + index),
  ).flat();
  await pause(between(random, 0, MAX_DELAY_MS));
  const unfinished = (await unfinishedRuns(installation)).reduce((sum, { runs }) => sum + runs, 0);
  const withServer = time % 2 === 0;
  const killedAt = performance.now();
  const promoting = cluster.killPrimary(withServer);
  const settled = await Promise.allSettled([promoting, ...jobs]);
  const seconds = (ms: number) => `${(ms / MS_PER_SECOND).toFixed(1)} s`;
  const promotedMs = await promoting.catch(() => Infinity);
  return {
    row: [withServer ? 'server' : 'Postgres', unfinished, seconds(promotedMs), seconds(performance.now() - killedAt)],
    problems: settled.flatMap((one) => (one.status === 'rejected' ? [textOf(one.reason)] : [])),
  };
}

/** A server does not start on the standby, and says so. */
async function problemsOnStandby(cluster: PatroniCluster, { databaseUrl, folder }: Installation<PatroniCluster>) {
  const url = new URL(await cluster.standbyUrl());
  url.pathname = new URL(databaseUrl).pathname;
  try {
    const server = await startServer({ databaseUrl: url.href, workspaces: folder.setting });
    await server.kill();
    return ['a server started on the standby'];
  } catch (error) {
    return REFUSAL.test(textOf(error)) ? [] : [`a server that starts on the standby says: ${textOf(error)}`];
  }
}

runProgram(main, { usage: USAGE });

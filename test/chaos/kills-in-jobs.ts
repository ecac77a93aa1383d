import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { StartParams } from '@assent/contract';
import { Client } from 'pg';
import { pick, wholeBetween, type Random } from '../../bench/support/random';
import { Barrier, type BarredChange } from '../support/barrier';
import type { Caller } from '../support/caller';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { violations } from '../support/oracle';
import { createEmptyDatabase } from '../support/postgres';
import { Replicas } from '../support/replicas';
import { DEVELOPER_KEY, launchServer } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';
import { killAtBarrier, killsAt, pairOf, withBarrier, type Fault } from './fault';
import { OUTAGE_MS, type Installation } from './installation';

/** Loaded before the code of a replica, it makes rare jobs frequent. */
const QUICK_JOBS = { NODE_OPTIONS: `--require ${join(__dirname, 'quick-jobs.cjs')}` };
const EVERY_MINUTE = { ...QUICK_JOBS, MEMORY_SCHEDULE: '* * * * *' };
const MANY = 1_000_000_000;
/** The first migrations; the last ones are over before a barrier is there. */
const MIGRATIONS = 35;
/** Harm that is certain: the agent retires such a lesson. */
const HARM = 40;

/** `kill -9` in the middle of work that no client waits for, or that takes several statements. */
export const KILLS_IN_JOBS: readonly Fault[] = [
  ...killsAt('the scheduled memory agent is at work', killOptimizing),
  ...killsAt('frames past their retention are being deleted', killPurging),
  ...killsAt('a run is being forgotten', killForgetting),
  ...killsAt('a server migrates its database', killMigrating),
];

const STEPS_OF_AGENT: readonly [BarredChange, ...BarredChange[]] = [
  { table: 'memory_runs', operation: 'insert' },
  { table: 'memory_runs', operation: 'update', when: `new.cursor->>'stage' = 'promote'` },
  { table: 'memory_plans', operation: 'insert' },
  { table: 'memory_fragments', operation: 'update', when: `new.status = 'deleted'` },
  { table: 'memory_runs', operation: 'update', when: `new.state = 'completed'` },
];

async function killOptimizing(installation: Installation, random: Random, isLost: boolean): Promise<boolean> {
  const text = `Lesson ${wholeBetween(random, 0, MANY)} is to pull the red lever`;
  const lines = [JSON.stringify({ v: 1, text, status: 'active', helpful: 0, harmful: HARM })];
  await installation.caller(DEVELOPER_KEY).call('memory/import', { planId: randomUUID(), lines, activate: true });
  // What only time would do: the slot of this minute is free.
  await installation.rows(`update memory_runs set slot = 'past ' || id`);
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf(pick(random, STEPS_OF_AGENT));
    const victim = await installation.start(EVERY_MINUTE);
    await killAtBarrier(installation, barrier, [victim], isLost);
  });
  // What only time would do: the lease of the dead replica is over.
  await installation.rows(`update memory_runs set lease_until = now() where state = 'running'`);
  await withSuccessor(installation, EVERY_MINUTE, async () => {
    await eventually('the agent has ended', async () => {
      const runs = await installation.rows<{ state: string }>('select state from memory_runs');
      return runs.length > 0 && runs.every(({ state }) => state !== 'running');
    });
  });
  const runs = await installation.rows<{ slot: string; states: string[] }>(
    'select slot, array_agg(state) as states from memory_runs group by slot',
  );
  const plans = await installation.rows<{ state: string }>(
    `select memory_plans.state from memory_plans join memory_fragments on ops::text like '%' || memory_fragments.id || '%'
     where text = $1 and ops::text like '%"delete"%'`,
    [text],
  );
  const lessons = await installation.rows<{ status: string }>('select status from memory_fragments where text = $1', [
    text,
  ]);
  const found = JSON.stringify({ runs, plans, lessons });
  const isRight =
    runs.every(({ states }) => states.length === 1 && states[0] === 'completed') &&
    isDeepStrictEqual(plans, [{ state: 'applied' }]) &&
    isDeepStrictEqual(lessons, [{ status: 'deleted' }]);
  if (!isRight) installation.broken.push(`15 (the memory agent): ${found}`);
  return true;
}

async function killPurging(installation: Installation, _random: Random, isLost: boolean): Promise<boolean> {
  const developer = installation.caller(DEVELOPER_KEY);
  const runIds = [await endedRun(developer, 'Get old'), await endedRun(developer, 'Get as old')];
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf({ table: 'runs', operation: 'update', when: 'new.purged and not old.purged' });
    // What only time would do.
    await installation.rows(`update runs set finished_at = now() - interval '10 years' where id = any($1)`, [runIds]);
    const victim = await installation.start(QUICK_JOBS);
    await killAtBarrier(installation, barrier, [victim], isLost);
  });
  const left = () => installation.rows('select from runs where id = any($1) and not purged', [runIds]);
  await withSuccessor(installation, QUICK_JOBS, async () => {
    await eventually('the frames are deleted', async () => (await left()).length === 0);
  });
  for (const runId of runIds) {
    const { data } = await installation.caller(DEVELOPER_KEY).fail('stream', { runId, after: 0 });
    if (data['type'] === 'urn:assent:error:gone') continue;
    installation.broken.push(`5 (frames): the loss of frames of run ${runId} is announced as ${JSON.stringify(data)}`);
  }
  return true;
}

const STEPS_OF_FORGETTING: readonly [BarredChange, ...BarredChange[]] = [
  { table: 'memory_experiences', operation: 'delete' },
  { table: 'frames', operation: 'update' },
  { table: 'webhook_events', operation: 'update' },
  { table: 'runs', operation: 'update', when: `new.goal = '[erased]'` },
];

async function killForgetting(installation: Installation, random: Random, isLost: boolean): Promise<boolean> {
  const { victim, survivor } = pairOf(installation);
  const developer = installation.caller(DEVELOPER_KEY, victim);
  const word = `xylophone${wholeBetween(random, 0, MANY)}`;
  const runId = await endedRun(developer, `Tune the ${word}`, {
    memory: true,
    trace: [`The ${word} probably has no file.`],
  });
  await developer.call('complete', { runId, outcome: 'success', note: `The ${word} is fine` });
  await eventually('the webhooks of the run are delivered', async () => {
    await installation.makeWebhooksDue();
    const pending = await installation.rows(
      `select from webhook_deliveries d join webhook_events e on e.id = d.event_id
       where d.state = 'pending' and position($1 in e.body) > 0`,
      [runId],
    );
    return pending.length === 0;
  });
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf(pick(random, STEPS_OF_FORGETTING));
    developer.call('memory/forget', { runId }).catch(() => undefined);
    await killAtBarrier(installation, barrier, [victim], isLost);
  });
  await installation.caller(DEVELOPER_KEY, survivor).call('memory/forget', { runId });
  await installation.repair();
  for (const table of await tablesWith(installation, word)) {
    installation.broken.push(`11 (forgetting): the table ${table} still has a word of run ${runId}`);
  }
  return true;
}

/** Tables with a text, except the audit. */
async function tablesWith(installation: Installation, text: string): Promise<string[]> {
  const tables = await installation.rows<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename <> 'audit_log'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await installation.rows(`select from ${name} as t where t::text ~* $1 limit 1`, [text]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

async function killMigrating(installation: Installation, random: Random, isLost: boolean): Promise<boolean> {
  const done = wholeBetween(random, 1, MIGRATIONS);
  const [database, folder] = await Promise.all([createEmptyDatabase(), WorkFolder.create(installation.disk)]);
  const settings = { databaseUrl: database.url, workspaces: folder.setting, env: installation.settings.env ?? {} };
  const replicas = new Replicas(settings);
  const barrier = await Barrier.open(database.url);
  try {
    const victim = launchServer(settings);
    victim.ready.catch(() => undefined);
    try {
      await eventually(`${done} migrations`, async () => (await migrationsIn(database.url)) >= done);
      await barrier.writesOf('migrations');
      const waiters = await barrier.waiters(1);
      await victim.kill();
      if (isLost) await barrier.cut(waiters);
    } finally {
      await victim.kill();
      await barrier.lift();
    }
    await Promise.all([replicas.start(), replicas.start()]);
    const cycle = new Cycle(await folder.task(), replicas, replicas.developer, OUTAGE_MS);
    await cycle.finish();
    installation.broken.push(
      ...(await violations({ databaseUrl: database.url, folder, cycles: [cycle], servers: replicas.all })),
    );
    if (!isDeepStrictEqual(await schemaOf(database.url), await schemaOf(installation.databaseUrl))) {
      installation.broken.push('12 (compatibility): a migration that was interrupted leads to another schema');
    }
  } finally {
    await replicas.stopAll();
    await Promise.all([folder.remove(), database.drop()]);
  }
  return true;
}

async function migrationsIn(databaseUrl: string): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(databaseUrl, 'select count(*)::integer as count from migrations');
  return row?.count ?? 0;
}

/** Columns, indexes and policies. */
async function schemaOf(databaseUrl: string): Promise<unknown> {
  const [columns, indexes, policies] = [
    await rowsOf(
      databaseUrl,
      `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
       where table_schema = 'public' order by 1, 2`,
    ),
    await rowsOf(databaseUrl, `select indexdef from pg_indexes where schemaname = 'public' order by 1`),
    await rowsOf(databaseUrl, `select tablename, policyname, qual, with_check from pg_policies order by 1, 2`),
  ];
  return { columns, indexes, policies };
}

async function rowsOf<Row extends object>(connectionString: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString, application_name: 'assent-test' });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A replica that goes on with the job of a dead one, until it has ended. */
async function withSuccessor(
  installation: Installation,
  env: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> {
  const successor = await installation.start(env);
  await work();
  await installation.stop(successor);
}

/** A run that ends without a change, and is no client of the oracle: its frames do not stay. */
async function endedRun(developer: Caller, goal: string, more: Partial<StartParams> = {}): Promise<string> {
  const { runId } = await developer.call('start', {
    goal,
    workspace: 'work',
    memory: false,
    actions: [{ id: 'finish', kind: 'finish' }],
    beliefs: { assumptions: [], gains: [{ actionId: 'finish', when: {}, gain: 1 }] },
    ...more,
  });
  await framesUntil(developer, runId, 'run.completed');
  return runId;
}

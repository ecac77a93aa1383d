import { setTimeout as pause } from 'node:timers/promises';
import { between, streamOf, type Random } from '../../bench/support/random';
import { eventually } from '../support/eventually';
import { violations } from '../support/oracle';
import type { OwnPostgres } from '../support/own-postgres';
import type { Fault } from './fault';
import { OUTAGE_MS, Installation, type DatabaseServer } from './installation';
import type { Tally } from './tally';
import { startWorkload } from './workload';

const MAX_DELAY_MS = 1_200;
/** A response, not a connection that was cut. */
const HTTP_FAILURE = /: \d{3}$/;
const MESSAGE_ID = 'webhook-id';
/** What a server writes while its database is away, and what it writes about a request that this cut off. */
const INJECTED =
  /terminating connection|Connection terminated|connection error|Query read timeout|timeout exceeded when trying to connect|ECONN(?:RESET|REFUSED)|EPIPE|ENOSPC|No space left|the database system is|"code":"(?:53|57|08)/i;

export interface EpisodeSettings {
  readonly postgres: OwnPostgres;
  readonly disk: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly isOver: () => boolean;
  readonly tally: Tally;
  readonly log: (line: string) => void;
}

/** A new installation, its faults one after the other, and the oracle at the end. @returns the broken promises */
export async function playEpisode(settings: EpisodeSettings): Promise<string[]> {
  const { postgres, disk, seed, faults, isOver, tally, log } = settings;
  const installation = await Installation.open(postgres, disk, String(seed));
  try {
    for (const [index, fault] of faults.entries()) {
      if (isOver()) break;
      const startedAt = performance.now();
      const broken = await strike(installation, fault, seed, index, tally);
      log(`  ${((performance.now() - startedAt) / 1_000).toFixed(1)} s  ${fault.name}`);
      installation.broken.push(...broken);
      if (broken.length > 0) break;
    }
    return await judge(installation, tally);
  } finally {
    await installation.close();
  }
}

async function strike(
  installation: Installation,
  fault: Fault,
  seed: number,
  index: number,
  tally: Tally,
): Promise<string[]> {
  const random = streamOf(seed, index);
  const jobs = fault.clients === 'working' ? startWorkload(installation, random, index) : [];
  if (fault.clients === 'working') await pause(between(random, 0, MAX_DELAY_MS));
  const inFlight = fault.clients === 'none' ? [] : await unfinishedRuns(installation);
  const striking = strikeAndRepair(installation, fault, random);
  if (fault.clients === 'starting') jobs.push(...startWorkload(installation, random, index));
  const [struck, ...ended] = await Promise.allSettled([striking, ...jobs]);
  if (struck.status === 'fulfilled' && struck.value) tally.struck(fault.name, inFlight);
  else tally.missed(fault.name);
  return [struck, ...ended].flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [] : [`1 (durable runs) after "${fault.name}": ${textOf(outcome.reason)}`],
  );
}

/** @returns whether the fault happened */
async function strikeAndRepair(installation: Installation, fault: Fault, random: Random): Promise<boolean> {
  const happened = await fault.strike(installation, random);
  await installation.repair();
  return happened;
}

/** By their last frame. */
export function unfinishedRuns(installation: Installation<DatabaseServer>): Promise<{ last: string; runs: number }[]> {
  return installation.rows(
    `select coalesce((select type from frames where run_id = runs.id order by seq desc limit 1), 'no frame') as last,
       count(*)::integer as runs from runs where state not in ('completed', 'failed', 'cancelled') group by 1`,
  );
}

export function textOf(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  return reason.cause === undefined ? reason.message : `${reason.message} (${textOf(reason.cause)})`;
}

/** The oracle of the fault tests, and what only clients outside can know. */
export async function judge(installation: Installation<DatabaseServer>, tally: Tally): Promise<string[]> {
  const { databaseUrl, folder, cycles, replicas, shop, broken } = installation;
  if (broken.length > 0) return broken;
  await settleWebhooks(installation);
  const accepted = cycles.filter((cycle) => cycle.frames.length > 0);
  const evidence = { databaseUrl, folder, cycles: accepted, servers: replicas.all, injected: INJECTED };
  const keys = shop.requests.map(({ headers }) => String(headers['idempotency-key']));
  const repeated = keys.filter((key, at) => keys.indexOf(key) !== at);
  const [counts] = await installation.rows<Record<string, number>>(
    `select (select count(*) from runs)::integer as runs, (select count(*) from decisions)::integer as decisions,
       (select count(*) from frames)::integer as frames, (select count(*) from webhook_events)::integer as webhooks`,
  );
  tally.add(counts ?? {});
  tally.add({ 'external effects': keys.length, 'server processes': replicas.all.length });
  return [
    ...(await violations(evidence)),
    ...repeated.map((key) => `I2 the order with the key ${key} was sent more than once`),
    ...(await webhooksLost(installation)),
    ...replicas.broken.filter((line) => HTTP_FAILURE.test(line)).map((line) => `I9 a client was answered: ${line}`),
  ];
}

async function settleWebhooks(installation: Installation<DatabaseServer>): Promise<void> {
  await eventually(
    'all webhooks are delivered',
    async () => {
      await installation.makeWebhooksDue();
      return (await installation.rows(`select from webhook_deliveries where state = 'pending'`)).length === 0;
    },
    OUTAGE_MS,
  );
}

/** I6: every stored event arrived, each time with the same bytes. Those of a forgotten run are not stored any more. */
async function webhooksLost(installation: Installation<DatabaseServer>): Promise<string[]> {
  const bodies = new Map<string, Set<string>>();
  for (const { headers, body } of installation.receiver.requests) {
    const id = String(headers[MESSAGE_ID]);
    bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
  }
  const events = await installation.rows<{ id: string; body: string }>(`
    select id, body from webhook_events where body::json->'data'->>'erased' is null`);
  return events.flatMap(({ id, body }) => {
    const received = [...(bodies.get(`msg_${id}`) ?? [])];
    if (received.length === 0) return [`I6 the webhook event ${id} never arrived`];
    return received.length === 1 && received[0] === body ? [] : [`I6 the webhook event ${id} arrived with other bytes`];
  });
}

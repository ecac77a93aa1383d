import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CycleCommands, CycleLoad, Seat } from './cycle.process';
import { Child } from './support/child';
import { residentBytesOf } from './support/cpu';
import { makeFiles, requireApplied } from './support/cycle.run';
import { HttpConnection } from './support/http.connection';
import { Meter } from './support/meter';
import { insertRuns, openPlace, withClient, type Place } from './support/place';
import { noneGoal, type BenchReport, type Figure } from './support/report';
import { KEYS, startServer, type ServerProcess } from './support/server';
import { createKeys } from './support/tenants';

const AT_ONCE = 16;
const ROUNDS = 3;
const WARM_UP = 60;
const CYCLES = 80;
const TENANTS = 16;
const CROWD = 100;
const CROWD_FOLLOWERS = 10;
const IDLE_STREAMS = 5_000;
const IDLE_MS = 20_000;
const DELIVERED_LIMIT_MS = 60_000;
const LOOK_MS = 100;
const KIB = 1_024;

type Load = Pick<CycleLoad, 'workers' | 'followers'>;

/** One way to run the cycles: its own database, its own servers. */
interface Side {
  readonly what: string;
  readonly load: Load;
  readonly servers: readonly ServerProcess[];
  readonly seats: readonly [Seat, ...Seat[]];
  readonly meter: Meter;
  readonly workspace: string;
  readonly databaseUrl: string;
  /** Number of the next cycle. */
  next: number;
}

/** Of all cycles that were measured. */
interface Cost {
  seconds: number;
  serverCpuMs: number;
  postgresCpuMs: number;
  cutShort: number;
}

interface Variant {
  readonly what: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly load?: Partial<Load>;
  readonly processes?: number;
  readonly tenants?: number;
  readonly webhook?: string;
}

/** Cycles under other conditions than those of `cycle`, each in turns with the same conditions. */
export async function cycleRows(): Promise<BenchReport> {
  const place = await openPlace();
  const client = Child.start<CycleCommands>(require.resolve('./cycle.process'));
  const receiver = await openReceiver();
  try {
    const variants: readonly Variant[] = [
      { what: 'LOG_LEVEL=info', env: { LOG_LEVEL: 'info' } },
      { what: 'one webhook endpoint for all events', webhook: receiver.url, env: { EGRESS_ALLOW: '127.0.0.0/8' } },
      { what: 'each run followed over SSE', load: { followers: 1 } },
      { what: `${TENANTS} tenants`, tenants: TENANTS },
      { what: 'two processes', processes: 2 },
      { what: '100 runs at a time, 10 followers each', load: { workers: CROWD, followers: CROWD_FOLLOWERS } },
    ];
    const base = await openSide(place, { what: 'one process, one tenant, LOG_LEVEL=warn' }, variants.length);
    try {
      await play(client, base, WARM_UP);
      const rows: Row[] = [];
      for (const variant of variants) rows.push(await measureRow({ place, client, receiver }, base, variant));
      const streams = await idleStreams(client, base);
      return {
        figures: [...rows.flatMap(figuresOf), ...streams],
        goals: [
          noneGoal(
            'followers that missed a frame',
            rows.reduce((sum, { cutShort }) => sum + cutShort, 0),
            'every cycle of every row completed and its file was applied',
          ),
          noneGoal(
            'completed runs missing at the webhook',
            rows.reduce((sum, { undelivered }) => sum + undelivered, 0),
            `within ${DELIVERED_LIMIT_MS / 1_000} s after the last cycle`,
          ),
        ],
        notes: [
          `A row: ${ROUNDS} rounds of ${CYCLES} cycles, ${AT_ONCE} at a time, in turns with as many of one process with one tenant, LOG_LEVEL=warn and no other client.`,
          'Each has a database of its own in one Postgres. CPU is that of server and Postgres.',
        ],
      };
    } finally {
      await closeSide(base);
    }
  } finally {
    await client.stop();
    receiver.close();
    await place.remove();
  }
}

interface Row {
  readonly what: string;
  readonly base: Cost;
  readonly own: Cost;
  readonly cutShort: number;
  readonly undelivered: number;
}

interface Tools {
  readonly place: Place;
  readonly client: Child<CycleCommands>;
  readonly receiver: Receiver;
}

async function measureRow({ place, client, receiver }: Tools, base: Side, variant: Variant): Promise<Row> {
  const side = await openSide(place, variant, 1);
  try {
    await play(client, side, WARM_UP);
    const costs = new Map<Side, Cost>(
      [base, side].map((each) => [each, { seconds: 0, serverCpuMs: 0, postgresCpuMs: 0, cutShort: 0 }]),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const each of round % 2 === 0 ? [base, side] : [side, base]) {
        add(costs.get(each), await play(client, each, CYCLES));
      }
    }
    const [ofBase, own] = [costs.get(base), costs.get(side)];
    if (!ofBase || !own) throw new Error(`"${variant.what}" was not measured.`);
    await requireApplied(side.workspace, side.next);
    const undelivered = variant.webhook === undefined ? 0 : await receiver.missing(side.next);
    return { what: variant.what, base: ofBase, own, cutShort: own.cutShort, undelivered };
  } finally {
    await closeSide(side);
  }
}

async function closeSide({ meter, servers }: Side): Promise<void> {
  await meter.close();
  for (const server of servers) await server.stop();
}

/** @param rows in which it is measured */
async function openSide(place: Place, variant: Variant, rows: number): Promise<Side> {
  const { what, env = {}, load = {}, processes = 1, tenants = 1, webhook } = variant;
  const databaseUrl = await createDatabase(place.databaseUrl);
  const workspace = join(place.folder, new URL(databaseUrl).pathname);
  await makeFiles(workspace, WARM_UP + rows * ROUNDS * CYCLES);
  const settings = { DATABASE_URL: databaseUrl, WORKSPACES: `bench=${workspace}`, MAX_STREAMS: '6000', ...env };
  const servers: ServerProcess[] = [];
  for (let count = 0; count < processes; count += 1) servers.push(await startServer({ env: settings }));
  const urls = servers.map(({ url }) => url);
  const keys = await withClient(databaseUrl, async (sql) => {
    const made = [KEYS];
    while (made.length < tenants) made.push(await createKeys(sql, `tenant-${made.length}`));
    return made;
  });
  if (webhook !== undefined) await subscribe(urls[0] ?? '', webhook);
  const [first, ...others] = keys.flatMap((each) => urls.map((url) => ({ url, ...each })));
  if (!first) throw new Error(`There is no server for "${what}".`);
  return {
    what,
    load: { workers: AT_ONCE, ...load },
    servers,
    seats: [first, ...others],
    meter: await Meter.open(databaseUrl, ...servers.map(({ pid }) => pid)),
    workspace,
    databaseUrl,
    next: 0,
  };
}

async function createDatabase(databaseUrl: string): Promise<string> {
  const name = `row_${randomUUID().slice(0, 8)}`;
  await withClient(databaseUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function subscribe(url: string, webhook: string): Promise<void> {
  const connection = await HttpConnection.open(url);
  await connection.call(KEYS.developer, 'webhook/create', { url: webhook, events: ['*'] });
  connection.close();
}

async function play(client: Child<CycleCommands>, side: Side, cycles: number): Promise<Cost> {
  const { load, seats, next: first } = side;
  side.next += cycles;
  const { result, serverCpuMs, postgresCpuMs } = await side.meter.cpuAround(() =>
    client.ask('run', { ...load, seats, first, cycles }),
  );
  return { seconds: result.seconds, serverCpuMs, postgresCpuMs, cutShort: result.cutShort };
}

function add(sum: Cost | undefined, { seconds, serverCpuMs, postgresCpuMs, cutShort }: Cost): void {
  if (!sum) return;
  sum.seconds += seconds;
  sum.serverCpuMs += serverCpuMs;
  sum.postgresCpuMs += postgresCpuMs;
  sum.cutShort += cutShort;
}

function figuresOf({ what, base, own }: Row): Figure[] {
  const cycles = ROUNDS * CYCLES;
  const cpuOf = ({ serverCpuMs, postgresCpuMs }: Cost): number => (serverCpuMs + postgresCpuMs) / cycles;
  return [
    { what: `${what}: CPU a cycle`, value: cpuOf(own) / cpuOf(base), unit: 'x' },
    { what: '  of the server', value: own.serverCpuMs / base.serverCpuMs, unit: 'x' },
    { what: '  of Postgres', value: own.postgresCpuMs / base.postgresCpuMs, unit: 'x' },
    { what: '  cycles a second', value: base.seconds / own.seconds, unit: 'x' },
    { what: '  CPU a cycle', value: cpuOf(own), unit: 'ms' },
    { what: '  CPU a cycle without it', value: cpuOf(base), unit: 'ms' },
  ];
}

/** Streams of runs that wait: CPU while nothing happens, then of cycles beside them. */
async function idleStreams(client: Child<CycleCommands>, side: Side): Promise<Figure[]> {
  const [server] = side.servers;
  if (!server) return [];
  const idle = async (): Promise<number> => {
    const { serverCpuMs, postgresCpuMs } = await side.meter.cpuAround(() => delay(IDLE_MS));
    return ((serverCpuMs + postgresCpuMs) / IDLE_MS) * 100;
  };
  const cycles = async (): Promise<number> => {
    const first = side.next;
    side.next += CYCLES;
    await makeFiles(side.workspace, side.next, first);
    const load = { ...side.load, seats: side.seats, first, cycles: CYCLES };
    const { serverCpuMs, postgresCpuMs } = await side.meter.cpuAround(() => client.ask('run', load));
    return (serverCpuMs + postgresCpuMs) / CYCLES;
  };
  const [idleBefore, cycleBefore, bytesBefore] = [await idle(), await cycles(), residentBytesOf(server.pid)];
  const ids = Array.from({ length: IDLE_STREAMS }, () => randomUUID());
  await withClient(side.databaseUrl, (sql) => insertRuns(sql, ids, 'waiting', 0));
  const crowd = Child.start<CycleCommands>(require.resolve('./cycle.process'));
  try {
    const paths = ids.map((id) => `/runs/${id}/frames`);
    await crowd.ask('openIdle', { url: server.url, key: KEYS.developer, paths });
    const [idleAfter, bytesAfter, cycleAfter] = [await idle(), residentBytesOf(server.pid), await cycles()];
    return [
      { what: '5,000 idle streams: CPU of server and Postgres', value: idleAfter, unit: '%' },
      { what: '  without them', value: idleBefore, unit: '%' },
      { what: '  memory a stream', value: (bytesAfter - bytesBefore) / IDLE_STREAMS / KIB, unit: 'KiB' },
      { what: '  CPU of a cycle beside them', value: cycleAfter, unit: 'ms' },
      { what: '  without them, just before', value: cycleBefore, unit: 'ms' },
    ];
  } finally {
    await crowd.stop();
  }
}

interface Receiver {
  readonly url: string;
  /** How many of so many completed runs were not delivered. */
  missing(expected: number): Promise<number>;
  close(): void;
}

/** Accepts deliveries, and counts the runs of which it heard that they have completed. */
async function openReceiver(): Promise<Receiver> {
  const completed = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (bytes: Buffer) => chunks.push(bytes));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const runId = /"runId":"([^"]+)"/.exec(text)?.[1];
      if (text.includes('"run.completed"') && runId !== undefined) completed.add(runId);
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    missing: async (expected) => {
      const until = performance.now() + DELIVERED_LIMIT_MS;
      while (completed.size < expected && performance.now() < until) await delay(LOOK_MS);
      return expected - completed.size;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

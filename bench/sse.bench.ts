import type { SseServerCommands } from './sse.assent.process';
import type { ClientCommands } from './sse.clients.process';
import { Child } from './support/child';
import { openPlace } from './support/place';
import type { BenchReport, Figure, Goal } from './support/report';
import { KEYS } from './support/server';
import { percentile } from './support/statistics';

const CLIENTS = 1_000;
const INTERVAL_MS = 100;
/** Ten a second for ten seconds. */
const FRAMES = 100;
const TIMES_BARE_GOAL = 2;
const CROWDS = [
  { what: 'one run', channels: 1 },
  { what: '100 runs', channels: 100 },
];
const BYTES_PER_KIB = 1_024;

interface Served {
  readonly delivered: number;
  readonly outOfOrder: number;
  readonly p50: number;
  readonly p99: number;
  readonly kibPerClient: number;
}

/** 1,000 clients at 10 frames a second each, on one hot run and on 100 runs, against a bare SSE server. */
export async function sse(): Promise<BenchReport> {
  const place = await openPlace();
  const figures: Figure[] = [];
  const goals: Goal[] = [];
  try {
    for (const { what, channels } of CROWDS) {
      const bare = await serveCrowd(require.resolve('./sse.bare.process'), channels, place.databaseUrl);
      const assent = await serveCrowd(require.resolve('./sse.assent.process'), channels, place.databaseUrl);
      figures.push(...figuresOf(`${what}, Assent`, assent), ...figuresOf(`${what}, bare`, bare));
      goals.push(...goalsOf(what, assent, bare));
    }
  } finally {
    await place.remove();
  }
  return {
    figures,
    goals,
    notes: [
      'Latency: from the moment a frame is committed and handed to the sockets to its arrival in another process.',
      'Memory: growth of the resident set per client, after a collection, from before the first client to after the last frame.',
    ],
  };
}

async function serveCrowd(file: string, channels: number, databaseUrl: string): Promise<Served> {
  const server = Child.start<SseServerCommands>(file);
  const clients = Child.start<ClientCommands>(require.resolve('./sse.clients.process'));
  try {
    const { url, paths } = await server.ask('open', { channels, frames: FRAMES, intervalMs: INTERVAL_MS, databaseUrl });
    const before = await server.ask('memory', null);
    const followed = Array.from({ length: CLIENTS }, (_, client) => paths[client % channels] ?? '');
    await clients.ask('connect', { url, key: KEYS.developer, paths: followed, frames: FRAMES });
    const publishedAt = await server.ask('publish', null);
    const after = await server.ask('memory', null);
    const { at, outOfOrder } = await clients.ask('arrivals', undefined);
    const latencies = [...at].flatMap((arrival, index) => {
      const [client, frame] = [Math.floor(index / FRAMES), index % FRAMES];
      const latency = arrival - (publishedAt[(client % channels) * FRAMES + frame] ?? Number.NaN);
      return Number.isNaN(latency) ? [] : [latency];
    });
    return {
      delivered: latencies.length / at.length,
      outOfOrder,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      kibPerClient: (after - before) / CLIENTS / BYTES_PER_KIB,
    };
  } finally {
    await Promise.all([clients.stop(), server.stop()]);
  }
}

function figuresOf(what: string, { delivered, outOfOrder, p50, p99, kibPerClient }: Served): Figure[] {
  return [
    { what: `${what}: frames delivered`, value: delivered * CLIENTS * FRAMES, unit: '' },
    { what: `${what}: frames out of order`, value: outOfOrder, unit: '' },
    { what: `${what}: latency p50`, value: p50, unit: 'ms' },
    { what: `${what}: latency p99`, value: p99, unit: 'ms' },
    { what: `${what}: memory a client`, value: kibPerClient, unit: 'KiB' },
  ];
}

function goalsOf(what: string, assent: Served, bare: Served): Goal[] {
  const inOrder = assent.outOfOrder === 0 ? assent.delivered : 0;
  const times = (name: string, ours: number, theirs: number, unit: string): Goal => ({
    what: `${what}: ${name} against bare`,
    value: ours / theirs,
    unit: 'x',
    bound: 'at most',
    limit: TIMES_BARE_GOAL,
    parts: `${ours.toFixed(1)} ${unit} against ${theirs.toFixed(1)} ${unit}`,
  });
  return [
    {
      what: `${what}: share delivered in order`,
      value: inOrder,
      unit: '',
      bound: 'at least',
      limit: 1,
      parts: `${CLIENTS} clients x ${FRAMES} frames, ${assent.outOfOrder} out of order`,
    },
    times('latency p99', assent.p99, bare.p99, 'ms'),
    times('memory a client', assent.kibPerClient, bare.kibPerClient, 'KiB'),
  ];
}

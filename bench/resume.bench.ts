import { randomUUID } from 'node:crypto';
import type { ResumeCommands } from './resume.process';
import { Child } from './support/child';
import { cpuMsOf } from './support/cpu';
import { insertRuns, openPlace, withClient } from './support/place';
import type { BenchReport } from './support/report';
import { KEYS, startServer, type ServerProcess } from './support/server';
import { median } from './support/statistics';

const MISSED = 10_000;
const ROUNDS = 12;
const WARM_UP_ROUNDS = 3;
const RATIO_GOAL = 1.2;
/** Rows of the long log. BENCH_RESUME_ROWS=10000000 is the figure of the docs; it takes minutes and 2.5 GB. */
const LONG_ROWS = Number(process.env['BENCH_RESUME_ROWS'] ?? 1_000_000);
/** The long log is one long run among others, half and half. */
const OTHER_RUNS = 100;

interface Log {
  readonly server: ServerProcess;
  readonly runId: string;
  readonly after: number;
  readonly ms: number[];
  readonly cpuMs: number[];
}

/** Resuming 10,000 missed frames on a log of just those, and on a long one: two servers, two databases, turn by turn. */
export async function resume(): Promise<BenchReport> {
  const place = await openPlace();
  const client = Child.start<ResumeCommands>(require.resolve('./resume.process'));
  const servers: ServerProcess[] = [];
  try {
    const open = async (name: string): Promise<[ServerProcess, string]> => {
      await withClient(place.databaseUrl, (admin) => admin.query(`create database ${name}`));
      const url = new URL(place.databaseUrl);
      url.pathname = `/${name}`;
      const server = await startServer({ env: { DATABASE_URL: url.href, WORKSPACES: `bench=${place.folder}` } });
      servers.push(server);
      return [server, url.href];
    };
    const [shortServer, shortUrl] = await open('short_log');
    const [longServer, longUrl] = await open('long_log');
    const [shortRun, longRun] = [randomUUID(), randomUUID()];
    const longFrames = LONG_ROWS / 2;
    await fill(shortUrl, [shortRun], MISSED);
    const filling = performance.now();
    await fill(longUrl, [longRun], longFrames);
    await fill(
      longUrl,
      Array.from({ length: OTHER_RUNS }, () => randomUUID()),
      longFrames / OTHER_RUNS,
    );
    const fillSeconds = (performance.now() - filling) / 1_000;
    const short: Log = { server: shortServer, runId: shortRun, after: 0, ms: [], cpuMs: [] };
    const long: Log = { server: longServer, runId: longRun, after: longFrames - MISSED, ms: [], cpuMs: [] };
    for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round += 1) {
      for (const log of [short, long]) await turn(client, log, round >= WARM_UP_ROUNDS);
    }
    return reportOf(short, long, fillSeconds);
  } finally {
    await client.stop();
    await Promise.all(servers.map((server) => server.stop()));
    await place.remove();
  }
}

async function turn(client: Child<ResumeCommands>, log: Log, counts: boolean): Promise<void> {
  const { server, runId, after } = log;
  const cpuBefore = cpuMsOf(server.pid);
  const ms = await client.ask('resume', { url: server.url, key: KEYS.developer, runId, after, missed: MISSED });
  if (!counts) return;
  log.ms.push(ms);
  log.cpuMs.push(cpuMsOf(server.pid) - cpuBefore);
}

/** Frames as the appender writes them, for each of the runs; then the table as autovacuum leaves it. */
async function fill(databaseUrl: string, runIds: readonly string[], framesEach: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await insertRuns(client, runIds, 'waiting', framesEach);
    await client.query(
      `insert into frames (run_id, seq, tenant_id, at, type, step, body)
       select run_id, seq, 'local', now(), 'trace.delta', 1, '{"text":"a delta is some words long, as a model writes them"}'
       from unnest($1::uuid[]) as run_id, generate_series(1, $2::integer) as seq`,
      [runIds, framesEach],
    );
    await client.query('vacuum (analyze) frames');
  });
}

function reportOf(short: Log, long: Log, fillSeconds: number): BenchReport {
  const [shortMs, longMs] = [median(short.ms), median(long.ms)];
  const rows = LONG_ROWS.toLocaleString('en');
  return {
    figures: [
      { what: `resume of 10,000 frames, log of 10,000 rows`, value: shortMs, unit: 'ms' },
      { what: `resume of 10,000 frames, log of ${rows} rows`, value: longMs, unit: 'ms' },
      { what: 'CPU of the server, short log', value: median(short.cpuMs), unit: 'ms' },
      { what: 'CPU of the server, long log', value: median(long.cpuMs), unit: 'ms' },
      { what: 'filling the long log (not part of the figure)', value: fillSeconds, unit: 's' },
    ],
    goals: [
      {
        what: `resume on ${rows} rows against 10,000 rows`,
        value: longMs / shortMs,
        unit: 'x',
        bound: 'at most',
        limit: RATIO_GOAL,
        parts: `${longMs.toFixed(1)} ms against ${shortMs.toFixed(1)} ms, medians of ${ROUNDS} rounds`,
      },
    ],
    notes: [`The long log: a run of ${(LONG_ROWS / 2).toLocaleString('en')} frames and ${OTHER_RUNS} others.`],
  };
}

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { between, wholeBetween, type Random } from '../../bench/support/random';
import { Barrier } from '../support/barrier';
import { eventually } from '../support/eventually';
import { FATES, KILL_POINTS, untilAsked } from '../support/kill-points';
import type { TcpProxy } from '../support/tcp-proxy';
import { CLIENT_CLOCKS } from './client-clock';
import { alone, loaded, serverOf, victimOf, type Fault } from './fault';
import type { Installation } from './installation';
import { KILLS_AT_COMMITS } from './kills-at-commits';
import { KILLS_IN_CALLS } from './kills-in-calls';
import { KILLS_IN_JOBS } from './kills-in-jobs';
import { fileCycle } from './workload';

/** Longer than a lease of 2 s and the sweep after it. */
const PAST_LEASE_MS = 4_500;
const WITHIN_LEASE_MS = 1_000;
const OUTAGE_OF_RECEIVER_MS = 2_500;
const FULL_DISK_MS = 2_500;
const CLOCK_SHIFT_MS = 600_000;
const RESETS = 4;
const BETWEEN_RESETS_MS = 300;
/** A commit with this frame comes soon, or this workload has none any more. */
const MARK_WITHIN_MS = 4_000;
const LARGE_CHARS = 700_000;
const BLOCK_BYTES = 65_536;
/** Types of frames; each names the commit that writes it. The early ones are over soon after the clients have started. */
const EARLY_COMMITS = ['run.started', 'tree.built'];
const COMMITS = [...EARLY_COMMITS, 'approval.requested', 'approval.decided', 'tool.started', 'diff.applied'];

const killsAtPoints = KILL_POINTS.flatMap(([point, approach]) =>
  FATES.map(([fate, isLost]) =>
    alone(`kill -9 where ${point}; the statement ${fate}`, async (installation) => {
      const { databaseUrl, folder, replicas } = installation;
      const { victim, developer, reviewer } = victimOf(installation);
      const cycle = await fileCycle(installation);
      const barrier = await Barrier.open(databaseUrl);
      try {
        await approach({ cycle, barrier, databaseUrl, folder, developer, reviewer });
        const waiters = await barrier.waiters(1);
        await installation.kill(victim);
        if (isLost) await barrier.cut(waiters);
      } finally {
        await barrier.lift();
      }
      await Promise.all([cycle.finish(), installation.repair()]);
      await replicas.developer.call('complete', { runId: cycle.runId, outcome: 'success' });
    }),
  ),
);

const cutsAtCommit = COMMITS.flatMap((type) =>
  [true, false].map((isDelivered) =>
    atText(
      `connection cut at the commit of ${type}, ${isDelivered ? '' : 'not '}delivered`,
      EARLY_COMMITS.includes(type) ? 'starting' : 'working',
      (proxy) => {
        proxy.cutOn(`"${type}"`, isDelivered);
      },
      (proxy) => proxy.cuts,
    ),
  ),
);

export const FAULTS: readonly Fault[] = [
  ...killsAtPoints,
  alone('kill -9 where a temporary file is written and not renamed', async (installation) => {
    const { folder } = installation;
    const { victim, developer, reviewer } = victimOf(installation);
    const cycle = await fileCycle(installation, LARGE_CHARS);
    await untilAsked(cycle, developer);
    const written = folder.temporaryFile();
    cycle.tryToApprove(reviewer).catch(() => undefined);
    await written;
    await installation.kill(victim);
    await Promise.all([cycle.finish(), installation.repair()]);
  }),
  alone('kill -9 where a webhook is sent and not recorded', async (installation) => {
    const { receiver } = installation;
    const { answer } = receiver;
    const cycle = await fileCycle(installation);
    const before = receiver.requests.length;
    receiver.answer = () => undefined;
    await cycle.start();
    await eventually('a webhook', () => receiver.requests.length > before);
    // Which of them has sent it is not known from outside.
    for (const server of [...installation.servers]) await installation.kill(server);
    receiver.answer = answer;
    await installation.repair();
    await cycle.finish();
  }),
  ...repeat(4, () =>
    loaded('kill -9 of a replica at random', async (installation, random) => {
      await installation.kill(serverOf(installation, random));
    }),
  ),
  ...repeat(2, () =>
    loaded('kill -9 of both replicas at random', async (installation) => {
      await Promise.all([...installation.servers].map((server) => installation.kill(server)));
    }),
  ),
  loaded('SIGTERM of a replica', async (installation, random) => {
    await installation.stop(serverOf(installation, random));
  }),
  ...repeat(2, () =>
    loaded('SIGSTOP past the lease, then SIGCONT', (installation, random) =>
      stopFor(PAST_LEASE_MS, installation, random),
    ),
  ),
  loaded('SIGSTOP within the lease, then SIGCONT', (installation, random) =>
    stopFor(WITHIN_LEASE_MS, installation, random),
  ),
  loaded('a replica whose clock is 10 minutes late', (installation, random) =>
    shiftClock(-CLOCK_SHIFT_MS, installation, random),
  ),
  loaded('a replica whose clock is 10 minutes early', (installation, random) =>
    shiftClock(CLOCK_SHIFT_MS, installation, random),
  ),
  ...cutsAtCommit,
  loaded('all connections to the database are reset, again and again', async ({ proxy }) => {
    for (let count = 0; count < RESETS; count += 1) {
      proxy.reset();
      await pause(BETWEEN_RESETS_MS);
    }
  }),
  loaded('the database cannot be reached for 2 s', async ({ proxy }) => {
    proxy.cutFor(2_000);
    await pause(2_000);
  }),
  loaded('every session of the database is terminated', async (installation) => {
    await installation.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
  }),
  atText(
    'half-open: one connection goes silent at a commit',
    'starting',
    (proxy, random) => {
      proxy.silenceOn(`"${COMMITS[wholeBetween(random, 0, COMMITS.length - 1)] ?? ''}"`);
    },
    (proxy) => proxy.silenced,
  ),
  loaded('half-open: all connections go silent', ({ proxy }) => {
    proxy.silenceAll();
    return Promise.resolve();
  }),
  ...repeat(2, () =>
    loaded('kill -9 of Postgres, then its restart', async ({ postgres }) => {
      await postgres.crash();
      await postgres.start();
    }),
  ),
  loaded('restart of Postgres', async ({ postgres }) => {
    await postgres.stop();
    await postgres.start();
  }),
  loaded('the receiver of webhooks answers 500', ({ receiver }) =>
    whileReceiver(receiver, (response) => response.writeHead(500).end()),
  ),
  loaded('the receiver of webhooks answers nothing', ({ receiver }) => whileReceiver(receiver, () => undefined)),
  loaded('the receiver of webhooks resets connections', ({ receiver }) =>
    whileReceiver(receiver, (response) => response.socket?.resetAndDestroy()),
  ),
  ...KILLS_IN_CALLS,
  ...KILLS_AT_COMMITS,
  ...KILLS_IN_JOBS,
  ...CLIENT_CLOCKS,
];

/** Only where a disk may be mounted: elsewhere nothing could fill it. */
export const FULL_DISK = loaded('the disk of Postgres and of the workspace is full', async (installation) => {
  const filler = join(installation.disk, 'filler');
  fill(filler);
  await pause(FULL_DISK_MS);
  rmSync(filler);
});

/** Shows that a broken promise is found. Played only by `--only planted`. */
export const PLANTED = alone('planted: a frame is deleted', async (installation) => {
  const cycle = await fileCycle(installation);
  await cycle.finish();
  await installation.rows('delete from frames where run_id = $1 and seq = 2', [cycle.runId]);
});

/** A fault of the next connection that sends a text, if one does. @param count how many connections it has happened to */
function atText(
  name: string,
  clients: Fault['clients'],
  arm: (proxy: TcpProxy, random: Random) => void,
  count: (proxy: TcpProxy) => number,
): Fault {
  return {
    name,
    clients,
    strike: ({ proxy }, random) => {
      const before = count(proxy);
      arm(proxy, random);
      return eventually('the text is sent', () => count(proxy) > before, MARK_WITHIN_MS).catch(() => {
        proxy.disarm();
        return false;
      });
    },
  };
}

function repeat(times: number, make: () => Fault): Fault[] {
  return Array.from({ length: times }, make);
}

/** Clients that ask the stopped replica wait for it. */
async function stopFor(ms: number, installation: Installation, random: Random): Promise<void> {
  const server = serverOf(installation, random);
  server.signal('SIGSTOP');
  await pause(between(random, ms, ms * 1.2));
  server.signal('SIGCONT');
}

/** In place of another one. It stays until a later fault ends it. */
async function shiftClock(shiftMs: number, installation: Installation, random: Random): Promise<void> {
  const leaving = serverOf(installation, random);
  await installation.startShifted(shiftMs);
  await installation.stop(leaving);
}

async function whileReceiver(receiver: Installation['receiver'], answer: typeof receiver.answer): Promise<void> {
  const before = receiver.answer;
  receiver.answer = answer;
  await pause(OUTAGE_OF_RECEIVER_MS);
  receiver.answer = before;
}

/** Writes a file until nothing more fits on its disk. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

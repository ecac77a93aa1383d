import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AssentError } from '@assent/contract';
import { pickAccount } from './account';
import { findBinaries } from './binaries';
import { clusterIn, DATABASE, ensureCluster, hereFor, homeIn, readAccess, writeAccess, type Access } from './cluster';
import { awaitRelease, inUse, isPostgres } from './occupancy';
import { readPostmasterFile } from './postmaster-file';
import { loopbackOnly, LOOPBACK, SMALL_MACHINE, toArguments, type Settings } from './settings';
import { launch } from './supervisor';

const SYMPTOMS: readonly (readonly [RegExp, Diagnosis['kind'] & ('port_taken' | 'in_use' | 'sessions_left')])[] = [
  [/could not create any TCP\/IP sockets/, 'port_taken'],
  [/lock file "postmaster\.pid" already exists/, 'in_use'],
  [/pre-existing shared memory block .* is still in use/, 'sessions_left'],
];

export interface EmbeddedPostgresOptions {
  /** DATA_DIR: the database is in its folder `postgres`, which is created if it is missing. */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1. Default 0: the port of the last start if it is still free, else any free one. */
  readonly port?: number;
  /** Called with every line that Postgres writes. */
  readonly onLog?: (line: string) => void;
  /** Called when the data exists, with the milliseconds this took: mostly `initdb`, where there was none. */
  readonly onCluster?: (ms: number) => void;
  /** Additional Postgres settings, name to value. */
  readonly settings?: Settings;
}

export interface EmbeddedPostgres {
  /** `postgres://` URL of the database `assent`, with the password of the role that owns it. */
  readonly url: string;
  /** Ends sessions, flushes everything, and resolves when Postgres has exited. Idempotent. */
  stop(): Promise<void>;
}

/** A fast shutdown flushes the cache; one that takes longer hangs, and the next start recovers from the log. */
const STOP_GRACE_SECONDS = 15;
/** Enough retries for a port that was just taken, and for sessions of a killed Postgres to end: 3 s in total. */
const ATTEMPTS = 10;
const BETWEEN_ATTEMPTS_MS = 300;

/**
 * Starts the embedded Postgres with the data in `dataDir`, and resolves when it accepts connections. It ends with this
 * process, even after a kill.
 * @throws AssentError conflict: the data or the port is in use, belongs to another user or another version of Postgres;
 * invalid: no Postgres for this platform; timeout: not ready in time; internal: Postgres failed, with its output
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, port: wanted = 0, onLog = () => undefined, onCluster, settings = {} } = options;
  const home = homeIn(dataDir);
  const cluster = clusterIn(home);
  const account = await pickAccount(home, cluster);
  const binaries = await findBinaries(account);
  const ensuredFrom = performance.now();
  await ensureCluster(dataDir, binaries, account);
  onCluster?.(performance.now() - ensuredFrom);

  const access = await readAccess(home);
  let preferred = wanted || access.port;
  for (let attempt = 1; ; attempt += 1) {
    const stalePid = await awaitRelease(cluster);
    const port = preferred || (await freePort());
    const launched = await launch({
      program: binaries.postgres,
      args: ['-D', hereFor(account), ...toArguments({ ...SMALL_MACHINE, ...settings, ...loopbackOnly(port) })],
      cwd: cluster,
      account,
      stalePid,
      stopGraceSeconds: STOP_GRACE_SECONDS,
      onLog,
    });
    if (launched.ready) {
      if (port !== access.port) await keepPort(home, { ...access, port }, launched);
      return {
        url: urlOf({ ...access, port }),
        stop: () => launched.stop(),
      };
    }
    const diagnosis = diagnose(launched.lines);
    const passing = diagnosis.kind !== 'failed' && !(diagnosis.kind === 'port_taken' && wanted !== 0);
    if (!passing || attempt === ATTEMPTS) throw startError(diagnosis, cluster, port);
    if (diagnosis.kind === 'port_taken') preferred = 0;
    await delay(BETWEEN_ATTEMPTS_MS);
  }
}

/** URL of the Postgres that a running server uses for the data in `dataDir`; null: none is running. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const home = homeIn(dataDir);
  const file = await readPostmasterFile(clusterIn(home));
  if (!file || file.stopping || !(await isPostgres(file.pid))) return null;
  return urlOf(await readAccess(home));
}

function urlOf({ password, port }: Access): string {
  return `postgres://${DATABASE}:${password}@${LOOPBACK}:${String(port)}/${DATABASE}`;
}

async function keepPort(home: string, access: Access, launched: { stop(): Promise<void> }): Promise<void> {
  try {
    await writeAccess(home, access);
  } catch (error) {
    await launched.stop();
    throw error;
  }
}

function startError(diagnosis: Diagnosis, cluster: string, port: number): AssentError {
  switch (diagnosis.kind) {
    case 'port_taken':
      return new AssentError(
        'conflict',
        `Postgres cannot listen on ${LOOPBACK}:${String(port)}: another program does. Choose another port, or 0 for a free one.`,
      );
    case 'in_use':
      return inUse(cluster, undefined);
    case 'sessions_left':
      return new AssentError(
        'conflict',
        `Processes of an earlier Postgres still work on ${cluster}. End them (their titles begin with "postgres: assent") and start again.`,
      );
    case 'failed':
      return new AssentError(
        'internal',
        `Postgres does not start on ${cluster}: ${diagnosis.because}\n` +
          'Restore the folder from a backup, or move it away to begin with an empty database.',
      );
  }
}

/** A port that is free now; if another process takes it before Postgres does, another one is chosen. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Why Postgres did not start, as far as it determines the next step. */
type Diagnosis =
  | { readonly kind: 'port_taken' }
  /** Another Postgres took the cluster after our check. */
  | { readonly kind: 'in_use' }
  /** Sessions of a killed Postgres have not noticed yet that it is gone. */
  | { readonly kind: 'sessions_left' }
  | { readonly kind: 'failed'; readonly because: string };

/** @param lines the last lines that Postgres wrote, in English (its programs run with LC_ALL=C) */
export function diagnose(lines: readonly string[]): Diagnosis {
  for (const [symptom, kind] of SYMPTOMS) {
    if (lines.some((line) => symptom.test(line))) return { kind };
  }
  const cause = lines.findIndex((line) => /\b(PANIC|FATAL|ERROR): /.test(line));
  // The lines after the cause are its detail and hint.
  return { kind: 'failed', because: (cause < 0 ? lines : lines.slice(cause)).join('\n') || 'it wrote nothing' };
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AssentError } from '@assent/contract';
import { readPostmasterFile } from './postmaster-file';
import { hasCode, isMissing } from './system-error';

const POLL_MS = 20;
/**
 * A Postgres whose server was just killed notices at once; on a busy machine it needs this long to report "stopping".
 */
const HAND_OVER_MS = 2_000;
/** Its last checkpoint flushes the cache: 128 MB to a slow disk. */
const STOPPING_LIMIT_MS = 30_000;

/**
 * Waits until no Postgres uses the cluster. It waits for a stopping Postgres, whose server was just killed; a running
 * one belongs to another server.
 * @returns the process id in the file of a killed Postgres; it may belong to another process
 * @throws AssentError conflict: another server uses the cluster
 */
export async function awaitRelease(cluster: string): Promise<number | undefined> {
  const began = Date.now();
  for (;;) {
    const file = await readPostmasterFile(cluster);
    if (file === undefined || !(await isPostgres(file.pid))) return file?.pid;
    if (Date.now() - began > (file.stopping ? STOPPING_LIMIT_MS : HAND_OVER_MS)) throw inUse(cluster, file.pid);
    await delay(POLL_MS);
  }
}

export function inUse(cluster: string, pid: number | undefined): AssentError {
  return new AssentError(
    'conflict',
    `The database in ${cluster} is in use by another server` +
      `${pid === undefined ? '' : ` (its Postgres is process ${String(pid)})`}. ` +
      'Stop that server first, or give this one another DATA_DIR. Servers that share work need one DATABASE_URL.',
  );
}

/** A process id alone proves nothing: after a restart of the machine or container it may belong to any program. */
export async function isPostgres(pid: number): Promise<boolean> {
  return basename(await programOf(pid)) === 'postgres';
}

/** The program of a process; empty if the process does not exist or is a zombie. */
async function programOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    try {
      return (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).split('\0')[0] ?? '';
    } catch (error) {
      if (isMissing(error) || hasCode(error, ['ESRCH'])) return '';
      throw error;
    }
  }
  // ps fails when there is no such process.
  return promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

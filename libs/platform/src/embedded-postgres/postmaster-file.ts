import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './system-error';

/** The pid file of a running Postgres in its data directory. */
export interface PostmasterFile {
  readonly pid: number;
  /** It is stopping and writes its last checkpoint. */
  readonly stopping: boolean;
}

const FILE_NAME = 'postmaster.pid';
const PID_LINE = 0;
const STATUS_LINE = 7;

export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  try {
    return parsePostmasterFile(await readFile(join(cluster, FILE_NAME), 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Undefined for a file that is being written, or was torn by a crash: Postgres itself decides about that one. */
export function parsePostmasterFile(content: string): PostmasterFile | undefined {
  const lines = content.split('\n');
  const pid = Number.parseInt(lines[PID_LINE] ?? '', 10);
  return pid > 0 ? { pid, stopping: lines[STATUS_LINE]?.trim() === 'stopping' } : undefined;
}

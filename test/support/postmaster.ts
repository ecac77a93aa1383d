import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The id of the first process of a Postgres, from its own pid file. @param cluster its data folder */
export async function postmasterOf(cluster: string): Promise<number> {
  return Number.parseInt(await readFile(join(cluster, 'postmaster.pid'), 'utf8'), 10);
}

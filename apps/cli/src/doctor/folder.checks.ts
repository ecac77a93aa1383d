import { open, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, newId, type Config } from '@assent/platform';
import { dataFolder } from '../../../server/src/preflight';
import { fail, ok, warn, type Finding } from './finding';
import { messageOf } from '../message';

/** Below this a day of logs of Postgres, or a large patch, fills the disk. */
const FREE_WARN_BYTES = 1_073_741_824;
const MEBIBYTE = 1_048_576;

/** Every workspace, and the data folder if the server keeps something there. Leaves nothing behind. */
export async function folderFindings(config: Config): Promise<Finding[]> {
  const workspaces = [...config.workspaces].map(([name, folder]) => folderFinding(`workspace ${name}`, folder));
  const data = dataFolder(config);
  return Promise.all(data === null ? workspaces : [...workspaces, folderFinding('DATA_DIR', data)]);
}

/** The steps of an approved change: a new file beside the old one, synced, and renamed over it. */
async function folderFinding(subject: string, folder: string): Promise<Finding> {
  const file = join(folder, `.assent-doctor-${newId()}`);
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile('doctor');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(file, `${file}.renamed`);
  } catch (error) {
    const why = codeOf(error) ?? messageOf(error);
    return fail(
      subject,
      `nothing can be written in ${folder} (${why}). Give this user the right, or mount it writable.`,
    );
  } finally {
    await Promise.all([rm(file, { force: true }), rm(`${file}.renamed`, { force: true })]).catch(() => undefined);
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return free < FREE_WARN_BYTES
    ? warn(subject, `${folder} has ${Math.floor(free / MEBIBYTE)} MiB left. Free some, or enlarge the volume.`)
    : ok(subject, `${folder} is writable`);
}

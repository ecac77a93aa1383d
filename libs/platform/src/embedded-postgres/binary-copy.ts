import { chmod, copyFile, lstat, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { AssentError } from '@assent/contract';
import { createLinks, type BinaryPackage } from './binary-package';
import { hasCode, isMissing } from './system-error';

const FOR_EVERYONE = 0o755;
const READABLE = 0o644;
const OWNER_EXECUTE_BIT = 0o100;
const OTHERS_WRITE_BITS = 0o022;

/** Only for building extensions; not used at run time. */
const BUILD_FOLDERS = ['pgxs', 'pkgconfig', 'include'];
const BUILD_SUFFIX = '.a';

/**
 * A copy of the programs in the temporary folder that every user can run; kept for the next start.
 * @returns the root of the copy
 * @throws AssentError conflict: the path exists and is not ours
 */
export async function copyOut(installed: BinaryPackage): Promise<string> {
  const user = String(process.getuid?.());
  const place = join(tmpdir(), `assent-postgres-${installed.version}-${process.arch}-${user}`);
  const wanted = await listFiles(installed.root);
  if ((await isOurs(place)) && (await isComplete(place, wanted))) {
    await createLinks(place, installed.links);
    return place;
  }
  const draft = await mkdtemp(`${place}-`);
  try {
    await copyFiles(installed.root, draft, wanted);
    await createLinks(draft, installed.links);
    await rm(place, { recursive: true, force: true });
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another server that started at the same time created an equivalent copy.
    if (!hasCode(error, ['ENOTEMPTY', 'EEXIST']) || !(await isOurs(place))) throw error;
  }
  return place;
}

/** The temporary folder is shared: a copy is trusted only if no other account could have written it. False: missing. */
async function isOurs(place: string): Promise<boolean> {
  try {
    const found = await lstat(place);
    if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & OTHERS_WRITE_BITS) === 0) return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  throw new AssentError(
    'conflict',
    `The embedded Postgres has to be copied to ${place}, but that belongs to somebody else. ` +
      'Remove it, or set TMPDIR to another folder.',
  );
}

/** Cleaners of temporary folders delete single files that were unused for some days. */
async function isComplete(place: string, wanted: readonly string[]): Promise<boolean> {
  const found = new Set(await listFiles(place));
  return wanted.every((file) => found.has(file));
}

/** Relative paths of all files and folders that are needed at run time; a folder comes before its content. */
async function listFiles(root: string, folder = 'native'): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const lists = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return BUILD_FOLDERS.includes(basename(path)) ? [] : listFiles(root, path);
    return entry.isFile() && extname(path) !== BUILD_SUFFIX ? [path] : [];
  });
  return [folder, ...(await Promise.all(lists)).flat()];
}

async function copyFiles(from: string, to: string, paths: readonly string[]): Promise<void> {
  await chmod(to, FOR_EVERYONE);
  for (const path of paths) {
    const found = await stat(join(from, path));
    if (found.isDirectory()) await mkdir(join(to, path));
    else await copyFile(join(from, path), join(to, path));
    // Set, not inherited: the umask of the installing or starting account may exclude others.
    await chmod(join(to, path), (found.mode & OWNER_EXECUTE_BIT) === 0 ? READABLE : FOR_EVERYONE);
  }
}

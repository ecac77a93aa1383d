import { AssentError } from '@assent/contract';
import type { Account } from './account';
import { copyOut } from './binary-copy';
import { locatePackage, programsIn, repairPackage } from './binary-package';
import { runProgram } from './run-program';

/** The Postgres programs, ready to run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** For example 18. A cluster of another major version cannot be opened. */
  readonly majorVersion: number;
}

/**
 * The programs of the installed package. They are copied first if `account` cannot reach them (a checkout below a
 * folder that only root may enter) or we cannot repair them (a read-only package folder).
 * @throws AssentError invalid: no package for this platform is installed; conflict: the programs cannot be run
 */
export async function findBinaries(account: Account | undefined): Promise<Binaries> {
  const installed = await locatePackage();
  let root = installed.root;
  let problem = (await repairPackage(installed)) ? await problemOf(root, account) : 'incomplete and read-only';
  if (problem !== undefined) {
    root = await copyOut(installed);
    problem = await problemOf(root, account);
  }
  if (problem === undefined) return { ...programsIn(root), majorVersion: Number.parseInt(installed.version, 10) };
  throw new AssentError(
    'conflict',
    `The embedded Postgres does not run on this machine (${problem}). ` +
      'Set TMPDIR to a folder that every user may enter and run programs from, or set DATABASE_URL.',
  );
}

/** Runs the programs to find out what prevents the account from running them; undefined: nothing. */
async function problemOf(root: string, account: Account | undefined): Promise<string | undefined> {
  const attempts = Object.values(programsIn(root)).map(async (program) => {
    try {
      const { code, errors } = await runProgram(program, ['--version'], { cwd: '/', account });
      return code === 0 ? undefined : `exit code ${String(code)}: ${errors.trim()}`;
    } catch (error) {
      if (error instanceof AssentError) throw error;
      return String(error);
    }
  });
  return (await Promise.all(attempts)).find((problem) => problem !== undefined);
}

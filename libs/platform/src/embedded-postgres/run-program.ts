import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { cannotSwitch, type Account } from './account';
import { hasCode } from './system-error';

/**
 * The complete environment of Postgres programs: no secrets of ours, no PGDATA or PGPORT that would change their
 * behaviour.
 */
export const CHILD_ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

/** Creating a cluster takes about a second; a minute indicates a hanging disk. */
const RUN_LIMIT_MS = 60_000;

export interface Outcome {
  /** Null if a signal ended it. */
  readonly code: number | null;
  /** What it wrote to stderr. */
  readonly errors: string;
}

/**
 * Runs one program to its end, in the folder `cwd`. The folder is entered before the user is switched, so the account
 * needs no access to the parent folders.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, account, input = '' }: { cwd: string; account: Account | undefined; input?: string },
): Promise<Outcome> {
  try {
    const child = spawn(program, args, {
      cwd,
      env: CHILD_ENVIRONMENT,
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: RUN_LIMIT_MS,
      killSignal: 'SIGKILL',
      ...account,
    });
    // A program that ends without reading its input breaks this pipe; its exit code says what happened.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [errors, [code]] = await Promise.all([
      text(child.stderr),
      once(child, 'close') as Promise<[code: number | null]>,
    ]);
    return { code, errors };
  } catch (error) {
    if (account !== undefined && hasCode(error, ['EPERM', 'EINVAL'])) throw cannotSwitch(account, error);
    throw error;
  }
}

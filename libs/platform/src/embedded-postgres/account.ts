import { execFile } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { AssentError } from '@assent/contract';
import { isMissing } from './system-error';

/** An operating system user that Postgres runs as; spread into the options of `spawn`. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const ROOT = 0;
const UNPRIVILEGED_USER = 'nobody';

/**
 * The account that runs Postgres; undefined: our own. Postgres refuses to run as root, so root uses the owner of the
 * existing cluster, or `nobody` for a new one.
 * @param home the folder that holds the cluster and our own files
 * @throws AssentError conflict: the database belongs to another user; invalid: not possible on this platform
 */
export async function pickAccount(home: string, cluster: string): Promise<Account | undefined> {
  const ourselves = process.getuid?.();
  if (ourselves === ROOT) return accountForRoot(cluster);
  const owner = await ownerOf(home);
  if (owner === undefined || owner.uid === ourselves) return undefined;
  throw new AssentError(
    'conflict',
    `The database in ${home} belongs to user ${String(owner.uid)}, this server runs as user ${String(ourselves)}. ` +
      'Start it as that user (or as root), give the folder to this user with chown -R, or set DATA_DIR to another one.',
  );
}

/** Makes the account the owner of `path`. Without an account the path is already ours. */
export async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account === undefined) return;
  await chown(path, account.uid, account.gid).catch((error: unknown) => {
    throw cannotSwitch(account, error);
  });
}

/** Root without permission to switch users: containers that drop capabilities, user namespaces with one user. */
export function cannotSwitch(account: Account, cause: unknown): AssentError {
  return new AssentError(
    'conflict',
    `Postgres refuses to run as root, and this root may not act as user ${String(account.uid)}. ` +
      'Start the server as an ordinary user, allow the capabilities CHOWN, SETUID and SETGID, or set DATABASE_URL.',
    {},
    { cause },
  );
}

async function accountForRoot(cluster: string): Promise<Account> {
  if (process.platform !== 'linux') {
    throw new AssentError(
      'invalid',
      'Postgres refuses to run as root, and only on Linux root can start it as another user here. ' +
        'Start the server as an ordinary user, or set DATABASE_URL.',
    );
  }
  const owner = await ownerOf(cluster);
  if (owner === undefined) return nobody();
  if (owner.uid !== ROOT) return owner;
  throw new AssentError(
    'conflict',
    `The database in ${cluster} belongs to root, and Postgres refuses to run as root. ` +
      `Give it to another user: chown -R ${UNPRIVILEGED_USER} ${cluster}`,
  );
}

async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function nobody(): Promise<Account> {
  const id = async (kind: '-u' | '-g'): Promise<number> =>
    Number((await promisify(execFile)('id', [kind, UNPRIVILEGED_USER])).stdout);
  const [uid, gid] = await Promise.all([id('-u'), id('-g')]).catch((error: unknown) => {
    throw new AssentError(
      'invalid',
      `Postgres refuses to run as root, and there is no user ${UNPRIVILEGED_USER} to run it as. ` +
        'Start the server as an ordinary user, or set DATABASE_URL.',
      {},
      { cause: error },
    );
  });
  return { uid, gid };
}

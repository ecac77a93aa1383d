import { constants, accessSync, existsSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { Environment, StartError, codeOf, type Config } from '@assent/platform';
import { connected } from './connect';
import { requireAll } from './start.problems';

const READ_BY_LIBS = [
  'TOOLS_FILE',
  'POLICY_FILE',
  'APPROVAL_POLICY_FILE',
  'LLM_PROVIDER',
  'LLM_BASE_URL',
  'LLM_SCRIPT',
  'MEMORY_SCHEDULE',
] as const;

type Check = (config: Config) => void | Promise<void>;

/**
 * Everything that can stop the start and can be checked before a database is started: no check changes anything.
 * @throws StartError with one line for each problem
 */
export async function preflight(config: Config): Promise<void> {
  // Loaded first: on a busy machine this takes seconds, during which no response of the database would be read in time.
  const checkContents = await contentsCheck(config);
  const checks: readonly Check[] = [checkAddress, checkDataDir, checkDatabase, checkContents];
  await requireAll(checks.map(async (check) => check(config)));
}

/** Explains a failure to listen, both in this check and afterwards. */
export function listenProblem({ env: { HOST, PORT } }: Config, error: unknown): string | null {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `PORT=${PORT}: another program listens on ${HOST}:${PORT}. Stop it, or set PORT to a free port; 0 takes any.`;
    case 'EACCES':
      return `PORT=${PORT}: this user may not listen on ${HOST}:${PORT}. Set PORT to 1024 or above.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `HOST=${HOST} is not an address of this machine. Set it to 127.0.0.1, 0.0.0.0 or one that is.`;
    default:
      return null;
  }
}

async function checkAddress(config: Config): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(config.env.PORT, config.env.HOST);
    await once(probe, 'listening');
  } catch (cause) {
    const problem = listenProblem(config, cause);
    throw problem === null ? cause : new StartError([problem], { cause });
  }
  probe.close();
  await once(probe, 'close');
}

/**
 * The data folder, or its nearest existing parent; null: the server keeps nothing there. It holds the embedded database
 * and the generated keys.
 */
export function dataFolder({ dataDir, env, loopback }: Config): string | null {
  const isSet = env.DEVELOPER_KEY !== undefined && env.REVIEWER_KEY !== undefined;
  if (env.DATABASE_URL !== undefined && (isSet || !loopback)) return null;
  let existing = dataDir;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  return existing;
}

function checkDataDir(config: Config): void {
  const existing = dataFolder(config);
  if (existing === null) return;
  if (!statSync(existing).isDirectory()) {
    throw new StartError([
      `DATA_DIR: ${existing} is not a folder. Set DATA_DIR to a folder, or to a path where one can be created.`,
    ]);
  }
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = `this user may not write in ${existing} (${codeOf(cause) ?? 'unknown error'})`;
    throw new StartError([`DATA_DIR: ${why}. Give it the right, or set DATA_DIR to another folder.`], { cause });
  }
}

async function checkDatabase({ env: { DATABASE_URL } }: Config): Promise<void> {
  if (DATABASE_URL !== undefined) await connected(DATABASE_URL, () => Promise.resolve());
}

/** Checks the files that the libs read. Loading the libs takes most of the start time, and a first start does not need it. */
async function contentsCheck(config: Config): Promise<Check> {
  const defaults = new Environment();
  if (READ_BY_LIBS.every((name) => config.env[name] === defaults[name])) return () => undefined;
  return (await import('./preflight.contents.js')).checkContentsOf;
}

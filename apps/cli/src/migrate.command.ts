import { setTimeout as pause } from 'node:timers/promises';
import { readOptions } from '@assent/client/cli';
import { loadConfig } from '@assent/platform';
import { migrate, pendingMigrations } from '../../server/src/migrate';
import { reportFailure } from './command.failure';
import { messageOf } from './message';

const USAGE = `npm run migrate -- [options]

Migrates the schema of the database of DATABASE_URL.

  --wait   wait until another process has migrated it, and change nothing
  --help   this text

Exit status: 0 the schema is up to date, 1 it was not migrated, 2 the command line cannot be used.
`;

/** Poll interval of `--wait`, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;

async function bringUpToDate(argv: readonly string[]): Promise<void> {
  const { values } = readOptions(argv, {
    options: { wait: { type: 'boolean', default: false }, help: { type: 'boolean', default: false, short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const { DATABASE_URL } = loadConfig(process.env, process.cwd()).env;
  if (DATABASE_URL === undefined) {
    throw new Error('DATABASE_URL is not set: the embedded Postgres is migrated by the server that runs it.');
  }
  if (values.wait) await waitForOthers(DATABASE_URL);
  else await migrate(DATABASE_URL);
  process.stdout.write('The schema is up to date.\n');
}

async function waitForOthers(databaseUrl: string): Promise<void> {
  let printed = '';
  for (;;) {
    const state = await stateOf(databaseUrl);
    if (state === null) return;
    if (state !== printed) process.stdout.write(`${state}\n`);
    printed = state;
    await pause(POLL_INTERVAL_MS);
  }
}

/** Why the server cannot start yet; null: it can. */
async function stateOf(databaseUrl: string): Promise<string | null> {
  try {
    const pending = await pendingMigrations(databaseUrl);
    return pending.length === 0 ? null : `Waiting for ${pending.join(', ')}.`;
  } catch (error) {
    return `Waiting for the database: ${messageOf(error)}`;
  }
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    await bringUpToDate(argv);
    return 0;
  } catch (error) {
    process.stderr.write('The schema was not migrated. ');
    // A connection that is still being opened would keep the process alive.
    process.exit(reportFailure(error, 'migrate'));
  }
}

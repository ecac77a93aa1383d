import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig } from '@assent/platform';
import { migrate, pendingMigrations } from '../../server/src/migrate';
import { messageOf } from './message';

/** Poll interval of `--wait`, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;

/** `npm run migrate`: migrates the schema. `--wait`: waits until another process has migrated it, and changes nothing. */
async function bringUpToDate(argv: readonly string[]): Promise<void> {
  const unknown = argv.find((arg) => arg !== '--wait');
  if (unknown !== undefined) throw new Error(`There is no option ${unknown}: use --wait, or no option.`);
  const { DATABASE_URL } = loadConfig(process.env, process.cwd()).env;
  if (DATABASE_URL === undefined) {
    throw new Error('DATABASE_URL is not set: the embedded Postgres is migrated by the server that runs it.');
  }
  if (argv.includes('--wait')) await waitForOthers(DATABASE_URL);
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
    process.stderr.write(`The schema was not migrated. ${messageOf(error)}\n`);
    // A connection that is still being opened would keep the process alive.
    process.exit(1);
  }
}

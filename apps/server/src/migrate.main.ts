import { loadConfig } from '@assent/platform';
import { migrate, pendingMigrations } from './migrate';

/** Between two looks of `--wait`, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** `npm run migrate`: brings the schema up to date. `--wait`: waits until somebody else has, and changes nothing. */
async function main(words: readonly string[]): Promise<void> {
  const unknown = words.find((word) => word !== '--wait');
  if (unknown !== undefined) throw new Error(`There is no option ${unknown}: say --wait, or nothing.`);
  const { DATABASE_URL } = loadConfig(process.env, process.cwd()).env;
  if (DATABASE_URL === undefined) {
    throw new Error('DATABASE_URL is not set: the embedded Postgres is migrated by the server that runs it.');
  }
  if (words.includes('--wait')) await waitForOthers(DATABASE_URL);
  else await migrate(DATABASE_URL);
  process.stdout.write('The schema is up to date.\n');
}

async function waitForOthers(databaseUrl: string): Promise<void> {
  let told = '';
  for (;;) {
    const state = await stateOf(databaseUrl);
    if (state === null) return;
    if (state !== told) process.stdout.write(`${state}\n`);
    told = state;
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}

/** Why the server cannot start yet; null: it can. */
async function stateOf(databaseUrl: string): Promise<string | null> {
  try {
    const pending = await pendingMigrations(databaseUrl);
    return pending.length === 0 ? null : `Waiting for ${pending.join(', ')}.`;
  } catch (error) {
    return `Waiting for the database: ${error instanceof Error ? error.message : String(error)}`;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`The schema was not migrated. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

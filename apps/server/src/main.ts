import { cpSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  StartError,
  createLog,
  loadConfig,
  mistypedSettings,
  startEmbeddedPostgres,
  startTracing,
  stopTracing,
  type Config,
  type EmbeddedPostgres,
  type Log,
} from '@assent/platform';
import { SessionService, readLocalKeys } from '@assent/identity';
import { printBanner } from './banner';
import { openInBrowser } from './browser';
import { listenProblem, preflight } from './preflight';
import { requireProduction } from './production';
import { problemsOf } from './start.problems';
import { reportTenantIsolation, requireUsableCredentials } from './usable-credentials';

/** The shipped example: a workspace, and the runs to try on it. */
const EXAMPLE_DIR = join(__dirname, '../../../../examples/checkout-service');

/** Refuses settings that are only for a first look, and prints no keys. */
const PRODUCTION = '--production';
/** Opens the console in the browser of the person who starts the server. */
const OPEN = '--open';
const MS_PER_SECOND = 1_000;

/** Milliseconds of the parts of this start. The database starts while the code is loaded; `database` includes `initdb`. */
const parts: Record<string, number> = {};

/** Starts the server; resolves when it listens. */
async function main(): Promise<void> {
  parts['process'] = Math.round(performance.now());
  for (const { name, intended } of mistypedSettings(process.env)) {
    process.stderr.write(`Warning: there is no setting ${name}, it is ignored. Did you mean ${intended}?\n`);
  }
  const given = loadConfig(process.env, join(EXAMPLE_DIR, 'workspace'));
  const production = process.argv.includes(PRODUCTION);
  if (production) requireProduction(given);
  await preflight(given);
  // A refused start leaves nothing behind, so the copy is made after all checks.
  const config = given.env.WORKSPACES === undefined ? loadConfig(process.env, copiedExample(given)) : given;
  const log = createLog(config);
  const keys = readLocalKeys(config);
  // Starting Postgres takes the longest, so the code is loaded in parallel.
  const [postgres, [{ createServer, drain }, { migrate, requireMigrated }]] = await Promise.all([
    timed('database', () => openDatabase(config, log)),
    timed('code', () => Promise.all([import('./server.js'), import('./migrate.js'), startTracing(config, log)])),
  ]);
  const databaseUrl = config.env.DATABASE_URL ?? postgres?.url ?? '';
  let app: Awaited<ReturnType<typeof createServer>> | undefined;
  try {
    await timed('schema', () =>
      config.env.MIGRATE_ON_START === 'on'
        ? migrate(databaseUrl).catch((error: unknown) => Promise.reject(schemaError(config, error)))
        : requireMigrated(databaseUrl),
    );
    const serving = await timed('modules', () => createServer({ config, databaseUrl, keys, log }));
    app = serving;
    await requireUsableCredentials(serving, config, keys);
    await reportTenantIsolation(serving, log);
    stopOnSignal(async () => {
      drain(serving);
      await pause(config.env.DRAIN_SECONDS * MS_PER_SECOND);
      await serving.close();
      await stopTracing();
      await postgres?.stop();
    }, config);
    await serving.listen(config.env.PORT, config.env.HOST);
    const url = await serving.getUrl();
    if (!production) {
      const link = serving.get(SessionService, { strict: false }).serveSeats(url);
      printBanner(url, keys, config, link);
      if (link !== null && process.argv.includes(OPEN)) await openInBrowser(link, config.dataDir, log);
    }
    const startMs = { ...parts, total: Math.round(performance.now()) };
    log.info({ url, embeddedPostgres: postgres !== null, startMs }, 'listening');
  } catch (error) {
    log.debug({ err: error }, 'the start failed');
    // Closed before its database: otherwise broken connections would be logged as if they were the cause.
    await app?.close().catch(() => undefined);
    await postgres?.stop();
    const problem = listenProblem(config, error);
    throw problem === null ? error : new StartError([problem], { cause: error });
  }
}

async function timed<T>(part: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  parts[part] = Math.round(performance.now() - startedAt);
  return result;
}

/** The workspace of a first run: a copy of the example, so that approved changes leave the checkout as it is. */
function copiedExample({ dataDir }: Config): string {
  const copy = join(dataDir, 'example');
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    try {
      cpSync(EXAMPLE_DIR, unfinished, { recursive: true });
      renameSync(unfinished, copy);
    } catch (cause) {
      throw new StartError(
        [`DATA_DIR: the example was not copied to ${copy}. Make the folder writable, or set WORKSPACES.`],
        { cause },
      );
    }
  }
  return join(copy, 'workspace');
}

function openDatabase(config: Config, log: Log): Promise<EmbeddedPostgres | null> {
  if (config.env.DATABASE_URL) return Promise.resolve(null);
  return startEmbeddedPostgres({
    dataDir: config.dataDir,
    onLog: (line) => {
      log.debug({ postgres: line }, 'embedded Postgres');
    },
    onCluster: (ms) => {
      parts['initdb'] = Math.round(ms);
    },
  }).catch((error: unknown) => Promise.reject(databaseError('DATA_DIR', error)));
}

function schemaError({ env: { DATABASE_URL } }: Config, error: unknown): StartError {
  const setting = DATABASE_URL === undefined ? 'DATA_DIR' : 'DATABASE_URL';
  return error instanceof StartError
    ? error
    : databaseError(`${setting}: the schema was not brought up to date`, error);
}

/** Adds the setting to a message that does not name it. */
function databaseError(subject: string, error: unknown): StartError {
  const message = error instanceof Error ? error.message : String(error);
  const isNamed = /\b(?:DATA_DIR|DATABASE_URL)\b/.test(message);
  return new StartError([isNamed ? message : `${subject}: ${message}`], { cause: error });
}

/** The first signal drains and exits 0; further ones change nothing; after the grace time the process exits with 1. */
function stopOnSignal(stop: () => Promise<void>, config: Config): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) return;
    stopping = true;
    const { DRAIN_SECONDS, SHUTDOWN_GRACE_SECONDS } = config.env;
    void pause((DRAIN_SECONDS + SHUTDOWN_GRACE_SECONDS) * MS_PER_SECOND).then(() => process.exit(1));
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The shutdown failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

main().catch((error: unknown) => {
  for (const problem of problemsOf(error)) process.stderr.write(`Assent did not start. ${problem}\n`);
  process.exit(1);
});

import { join } from 'node:path';
import {
  createLog,
  loadConfig,
  readLocalKeys,
  startEmbeddedPostgres,
  startTracing,
  stopTracing,
  type Config,
  type EmbeddedPostgres,
  type Log,
} from '@assent/platform';
import { printBanner } from './banner';
import { requireProduction } from './production';
import { reportWall, requireWayIn } from './way-in';

/** The workspace of a first run: the shipped example. */
const EXAMPLE_DIR = join(__dirname, '../../../../examples/checkout-service/workspace');

/** Refuses what is fine for a first look only, and keeps the keys to itself. */
const PRODUCTION = '--production';

/** Starts the server; resolves when it listens. */
async function main(): Promise<void> {
  const config = loadConfig(process.env, EXAMPLE_DIR);
  const production = process.argv.includes(PRODUCTION);
  if (production) requireProduction(config);
  const log = createLog(config);
  const keys = readLocalKeys(config);
  // Postgres takes most of the time to start; the code is loaded meanwhile.
  const [postgres, { createServer, drain }, { migrate, requireMigrated }] = await Promise.all([
    openDatabase(config, log),
    import('./server.js'),
    import('./migrate.js'),
    startTracing(config, log),
  ]);
  const databaseUrl = config.env.DATABASE_URL ?? postgres?.url ?? '';
  try {
    await (config.env.MIGRATE_ON_START === 'on' ? migrate(databaseUrl) : requireMigrated(databaseUrl));
    const app = await createServer({ config, databaseUrl, keys, log });
    await requireWayIn(app, config, keys);
    await reportWall(app, log);
    stopOnSignal(async () => {
      drain(app);
      await seconds(config.env.DRAIN_SECONDS);
      await app.close();
      await stopTracing();
      await postgres?.stop();
    }, config);
    await app.listen(config.env.PORT, config.env.HOST);
    const url = await app.getUrl();
    if (!production) printBanner(url, keys, config);
    log.info({ url, embeddedPostgres: postgres !== null }, 'listening');
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

function openDatabase(config: Config, log: Log): Promise<EmbeddedPostgres | null> {
  if (config.env.DATABASE_URL) return Promise.resolve(null);
  return startEmbeddedPostgres({
    dataDir: config.dataDir,
    onLog: (line) => {
      log.debug({ postgres: line }, 'embedded Postgres');
    },
  });
}

/** The first signal drains and exits 0; further ones change nothing; the grace time is the end of patience. */
function stopOnSignal(stop: () => Promise<void>, config: Config): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) return;
    stopping = true;
    const { DRAIN_SECONDS, SHUTDOWN_GRACE_SECONDS } = config.env;
    void seconds(DRAIN_SECONDS + SHUTDOWN_GRACE_SECONDS).then(() => process.exit(1));
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

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, count * 1_000);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`Assent did not start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

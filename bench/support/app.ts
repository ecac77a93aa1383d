import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLog, loadConfig } from '@assent/platform';
import { migrate } from '../../apps/server/src/migrate';
import { createServer } from '../../apps/server/src/server';
import { KEYS, SERVER_ENVIRONMENT } from './server';

/** The whole server inside this process, for benches that reach behind its HTTP door. */
export interface OwnApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  close(): Promise<void>;
}

export async function openApp(databaseUrl: string): Promise<OwnApp> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-bench-'));
  const env = { ...SERVER_ENVIRONMENT, DATABASE_URL: databaseUrl, DATA_DIR: folder, CONSOLE: 'off' };
  const config = loadConfig(env, folder);
  await migrate(databaseUrl);
  const app = await createServer({ config, databaseUrl, keys: KEYS, log: createLog(config) });
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    close: async () => {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

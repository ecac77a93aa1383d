import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeyRepository, Database, type Config, type LocalKeys, type Log } from '@assent/platform';

/**
 * A server that others can reach, and that nobody has a key for, was set up by mistake.
 * @throws Error saying what to set
 */
export async function requireWayIn(app: INestApplicationContext, config: Config, keys: LocalKeys): Promise<void> {
  if (config.loopback || keys.developer !== null || keys.reviewer !== null || config.tokens) return;
  if (await app.get(ApiKeyRepository, { strict: false }).hasLive()) return;
  throw new Error(
    `HOST=${config.env.HOST} is reachable from other machines, and nobody could call: make an API key ("npm run keys"), ` +
      'set DEVELOPER_KEY and REVIEWER_KEY, set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL, or use HOST=127.0.0.1.',
  );
}

/** Says once, at the start, when nothing but the statements themselves keeps tenants apart. */
export async function reportWall(app: INestApplicationContext, log: Log): Promise<void> {
  const wall = await app.get(Database, { strict: false }).wall();
  if (wall === 'none') {
    log.warn({ wall }, 'row-level security holds for nobody: see "The second wall" in docs/identity.md, then migrate');
  } else log.info({ wall }, 'row-level security holds');
}

import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeyRepository, type LocalKeys } from '@assent/identity';
import { Database, StartError, type Config, type Log } from '@assent/platform';

/**
 * A server that others can reach without usable credentials was set up by mistake.
 * @throws StartError naming the settings to set
 */
export async function requireUsableCredentials(
  app: INestApplicationContext,
  config: Config,
  keys: LocalKeys,
): Promise<void> {
  if (config.loopback || keys.developer !== null || keys.reviewer !== null || config.tokens) return;
  if (await app.get(ApiKeyRepository, { strict: false }).hasLive()) return;
  throw new StartError([
    `HOST=${config.env.HOST} is reachable from other machines, and nobody could call: make an API key ("npm run keys"), ` +
      'set DEVELOPER_KEY and REVIEWER_KEY, set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL, or use HOST=127.0.0.1.',
  ]);
}

/** Logs at startup whether Postgres enforces tenant isolation. */
export async function reportTenantIsolation(app: INestApplicationContext, log: Log): Promise<void> {
  const isolation = await app.get(Database, { strict: false }).tenantIsolation();
  if (isolation === 'none') {
    log.warn(
      { isolation },
      'row-level security is not in effect: see "Row-level security" in docs/identity.md, then migrate',
    );
  } else log.info({ isolation }, 'row-level security holds');
}

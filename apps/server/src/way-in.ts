import type { INestApplicationContext } from '@nestjs/common';
import { ApiKeyRepository, type Config, type LocalKeys } from '@assent/platform';

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

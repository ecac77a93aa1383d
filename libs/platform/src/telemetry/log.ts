import pino, { type Logger } from 'pino';
import type { Config } from '../config/config';

export type Log = Logger;

/** Dependency injection token of the process's log. */
export const LOG = Symbol('LOG');

/** JSON lines on stdout. Credentials are censored in every field that might log them by mistake. */
export function createLog(config: Config): Log {
  return pino({
    level: config.env.LOG_LEVEL,
    base: { replicaId: config.replicaId },
    redact: ['headers.authorization', 'req.headers.authorization', '*.authorization', '*.apiKey'],
  });
}

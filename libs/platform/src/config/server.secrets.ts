import type { LocalKeys } from '../auth/local-principals';
import type { Config } from './config';

/** Token of the values that must be nowhere but in the configuration. */
export const SERVER_SECRETS = Symbol('secrets of the server');

/** Names of settings whose value is one; URLs are, when they hold a password. */
const SECRET_NAME = /(?:^|_)(?:KEY|KEYS|SECRET|SECRETS|TOKEN|PASSWORD)$/;
/** `name=value,...`, as OpenTelemetry has its headers. */
const HEADERS_NAME = '_HEADERS';
const URL_NAME = '_URL';

/** Every secret that the server is configured with or has made for itself. */
export function serverSecrets({ env }: Config, { developer, reviewer }: LocalKeys): string[] {
  const configured = Object.entries(env as object).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string') return [];
    if (name.endsWith(HEADERS_NAME)) return [value, ...value.split(',').flatMap(valueOfHeader)];
    return SECRET_NAME.test(name) || (name.endsWith(URL_NAME) && holdsPassword(value)) ? [value] : [];
  });
  return [...new Set([developer, reviewer, ...configured])].filter((value) => value !== null);
}

/** As it is configured and as it is sent. */
function valueOfHeader(header: string): string[] {
  const value = header.slice(header.indexOf('=') + 1).trim();
  try {
    return [value, decodeURIComponent(value)];
  } catch {
    return [value];
  }
}

function holdsPassword(value: string): boolean {
  return URL.canParse(value) && new URL(value).password !== '';
}

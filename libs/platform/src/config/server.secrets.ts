import type { Config } from './config';

/** Injection token of the values that must not appear outside the configuration. */
export const SERVER_SECRETS = Symbol('secrets of the server');

/** Names of settings that hold a secret; URLs count if they contain a password. */
const SECRET_NAME = /(?:^|_)(?:KEY|KEYS|SECRET|SECRETS|TOKEN|PASSWORD)$/;
/** `name=value,...`, the OpenTelemetry header format, or a JSON object. */
const HEADERS_NAME = '_HEADERS';
const URL_NAME = '_URL';
/** Previous keys, as `key,...`. */
const PREVIOUS_NAME = '_PREVIOUS';

/**
 * Every secret that the server is configured with or has generated.
 * @param keys of the local principals; null: that principal does not exist
 */
export function serverSecrets({ env }: Config, keys: Readonly<Record<string, string | null>>): string[] {
  const configured = Object.entries(env as object).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string') return [];
    if (name.endsWith(HEADERS_NAME))
      return [value, ...(valuesOfObject(value) ?? value.split(',').flatMap(valueOfHeader))];
    if (name.endsWith(PREVIOUS_NAME)) return [value, ...value.split(',').map((key) => key.trim())];
    return SECRET_NAME.test(name) || (name.endsWith(URL_NAME) && containsPassword(value)) ? [value] : [];
  });
  return [...new Set([...Object.values(keys), ...configured])].filter((value) => value !== null);
}

/** null: it is not a JSON object. */
function valuesOfObject(text: string): string[] | null {
  try {
    const headers: unknown = JSON.parse(text);
    if (typeof headers !== 'object' || headers === null) return null;
    return Object.values(headers).filter((value): value is string => typeof value === 'string' && value !== '');
  } catch {
    return null;
  }
}

/** The value as configured and as sent. */
function valueOfHeader(header: string): string[] {
  const value = header.slice(header.indexOf('=') + 1).trim();
  try {
    return [value, decodeURIComponent(value)];
  } catch {
    return [value];
  }
}

function containsPassword(value: string): boolean {
  return URL.canParse(value) && new URL(value).password !== '';
}

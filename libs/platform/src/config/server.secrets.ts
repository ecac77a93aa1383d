import type { Config } from './config';

/** Token of the values that must be nowhere but in the configuration. */
export const SERVER_SECRETS = Symbol('secrets of the server');

/** Names of settings whose value is one; URLs are, when they hold a password. */
const SECRET_NAME = /(?:^|_)(?:KEY|KEYS|SECRET|SECRETS|TOKEN|PASSWORD)$/;
/** `name=value,...`, as OpenTelemetry has its headers, or a JSON object. */
const HEADERS_NAME = '_HEADERS';
const URL_NAME = '_URL';
/** `key,...` that were in use before. */
const PREVIOUS_NAME = '_PREVIOUS';

/**
 * Every secret that the server is configured with or has made for itself.
 * @param keys of the local principals; null: there is no such principal here
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

/** null: it is no JSON object. */
function valuesOfObject(text: string): string[] | null {
  try {
    const headers: unknown = JSON.parse(text);
    if (typeof headers !== 'object' || headers === null) return null;
    return Object.values(headers).filter((value): value is string => typeof value === 'string' && value !== '');
  } catch {
    return null;
  }
}

/** As configured and as sent. */
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

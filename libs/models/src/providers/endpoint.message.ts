import { cutText, storableText } from '@assent/platform';

/** Maximum length of a quote from an endpoint, in characters. */
const QUOTE_MAX_CHARS = 300;
const REDACTED = '[redacted]';

/** Secrets that a quote must not contain. */
export interface EndpointSecrets {
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** Values of configured headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Patterns of secrets. They cover foreign keys as well, because gateways echo them. */
const SECRET_PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\bBearer\s+[^\s"',;]+/giu, `Bearer ${REDACTED}`],
  [/\bsk-[\w*.-]+/gu, REDACTED],
  // User info of a URL.
  [/\/\/[^\s/?#"']*@/gu, `//${REDACTED}@`],
  // "connect ECONNREFUSED 10.0.0.7:8080", "getaddrinfo ENOTFOUND models.internal": the address of an endpoint.
  [/\b(E(?:CONN|HOST|NET|TIMEDOUT|NOTFOUND|AI_)[A-Z]*) \S+/gu, `$1 ${REDACTED}`],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?/gu, REDACTED],
];

/**
 * Quotes text of an endpoint, or of a connection error, for a message: one short line that can be stored and holds
 * neither keys nor addresses. All quotes MUST pass through here.
 */
export function quoted(words: string, { baseUrl, apiKey, headers = {} }: EndpointSecrets): string {
  const secret = [apiKey ?? '', ...Object.values(headers)].flatMap((value) => formsOf(value.trim()));
  const known = [...secret, ...hostsOf(baseUrl)].reduce((text, each) => text.replaceAll(each, REDACTED), words);
  const clean = SECRET_PATTERNS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), known);
  const line = storableText(clean.replace(/\s+/gu, ' ').trim());
  return line.length <= QUOTE_MAX_CHARS ? line : `${cutText(line, QUOTE_MAX_CHARS)}...`;
}

/** A key in plain text, in JSON and in a URL. */
function formsOf(key: string): string[] {
  if (key === '') return [];
  return [key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key.toWellFormed())];
}

function hostsOf(baseUrl: string): string[] {
  if (!URL.canParse(baseUrl)) return [];
  const { host, hostname } = new URL(baseUrl);
  return [host, hostname].filter((name) => name !== '');
}

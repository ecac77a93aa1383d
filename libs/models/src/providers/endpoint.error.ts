import { quoted, type EndpointSecrets } from './endpoint.message';
import { ModelFailure, outcomeOfStatus } from './model.failure';

const STATUS_MIN = 400;
const STATUS_MAX = 599;

/** Properties in which endpoints put the text of an error. */
const WORD_MEMBERS = ['message', 'msg', 'detail', 'error_description', 'status_msg', 'error'] as const;
/** Properties in which endpoints put a code, an HTTP status or a keyword. */
const CODE_MEMBERS = ['status', 'code', 'status_code', 'statusCode', 'http_code', 'type'] as const;

/** Keywords in codes, types and messages that stand for an HTTP status, most specific first. */
const STATUS_WORDS: readonly (readonly [RegExp, number])[] = [
  [/insufficient_quota|billing|payment_required/i, 402],
  [/rate[_ -]?limit|too[_ ]many[_ ]requests|resource_exhausted|throttl/i, 429],
  [/overloaded|unavailable|server_error|internal_error|api_error|timeout|capacity/i, 503],
  [/authentication|invalid_api_key|unauthorized|unauthenticated/i, 401],
  [/permission|forbidden/i, 403],
  [/not_found/i, 404],
  [/invalid_request|invalid_argument|bad_?request|context_length/i, 400],
];

/** The failure that an error inside an answer reports, in any of the known forms. Its text is quoted. */
export function reportedFailure(error: unknown, secrets: EndpointSecrets): ModelFailure {
  const said = `The model endpoint reported an error: ${quoted(wordsOf(error), secrets)}`;
  const status = statusOf(error);
  if (status === undefined) return new ModelFailure('server_error', said);
  return new ModelFailure(outcomeOfStatus(status), said, { status });
}

/**
 * The error in a JSON body, or in a stream event, that came with status 200; undefined: there is no error. Besides
 * `error`, some endpoints send a bare error object, and some a status block with a code other than 0.
 */
export function errorIn(body: unknown): unknown {
  if (Array.isArray(body)) return body.length === 1 ? errorIn(body[0]) : undefined;
  if (!isObject(body)) return undefined;
  const { error, object, type, base_resp: base } = body;
  if (isThere(error)) return isObject(error) ? error : { ...body, error };
  if (object === 'error' || type === 'error') return body;
  if (isObject(base) && typeof base['status_code'] === 'number' && base['status_code'] !== 0) {
    return { message: base['status_msg'] };
  }
  return undefined;
}

/** The text of a refusal: that of its JSON error or its page; null: there is no text. */
export function bodyWords(body: string): string | null {
  if (body.trimStart().startsWith('<')) return pageWords(body) || null;
  try {
    const value: unknown = JSON.parse(body);
    const error = errorIn(value) ?? value;
    return isObject(error) ? wordsOf(error) : null;
  } catch {
    return body.trim() || null;
  }
}

/** The visible text of a page, for a quote. */
export function pageWords(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?(<\/\1>|$)/giu, ' ')
    .replace(/<[^>]*>/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}

function wordsOf(error: unknown): string {
  if (!isObject(error)) return typeof error === 'string' ? error : JSON.stringify(error);
  const found = WORD_MEMBERS.map((member) => error[member]).find(isThere);
  const words = found === undefined ? JSON.stringify(error) : wordsOf(found);
  const { metadata } = error;
  const raw = isObject(metadata) && typeof metadata['raw'] === 'string' ? ` (${metadata['raw']})` : '';
  return `${words}${raw}`;
}

function statusOf(error: unknown): number | undefined {
  if (!isObject(error)) return typeof error === 'string' ? statusOfWord(error) : undefined;
  const codes = CODE_MEMBERS.map((member) => error[member]).filter(isThere);
  const numbers = codes
    .map(Number)
    .filter((code) => Number.isInteger(code) && code >= STATUS_MIN && code <= STATUS_MAX);
  if (numbers[0] !== undefined) return numbers[0];
  const { error: inner } = error;
  const words = [...codes.filter((code) => typeof code === 'string'), wordsOf(error)];
  const byWord = words.map(statusOfWord).find((status) => status !== undefined);
  return byWord ?? (isObject(inner) ? statusOf(inner) : undefined);
}

function statusOfWord(word: string): number | undefined {
  return STATUS_WORDS.find(([pattern]) => pattern.test(word))?.[1];
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

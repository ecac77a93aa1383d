import { types } from 'node:util';
import { APICallError } from 'ai';
import { ModelFailure } from './model.failure';

/** What is quoted of an endpoint's own words, in characters. */
const QUOTE_MAX_CHARS = 300;
const STATUS_TOO_MANY = 429;
const STATUS_SERVER_ERROR = 500;
const MS_PER_SECOND = 1_000;

/** Says in our words what the SDK or the connection has thrown. */
export function failureOf(thrown: unknown): ModelFailure {
  const known = chainOf(thrown).find((error) => error instanceof ModelFailure);
  if (known) return known;
  if (APICallError.isInstance(thrown) && thrown.statusCode !== undefined)
    return statusFailure(thrown, thrown.statusCode);
  if (isError(thrown)) {
    if (isConnection(thrown)) {
      return new ModelFailure(
        'connection',
        `The connection to the model endpoint failed: ${rootOf(thrown)}`,
        {},
        { cause: thrown },
      );
    }
    return new ModelFailure(
      'malformed',
      `The model endpoint sent an answer that cannot be read: ${quote(thrown.message)}`,
      {},
      { cause: thrown },
    );
  }
  return new ModelFailure('server_error', `The model endpoint reported an error: ${quote(wordsOf(thrown))}`);
}

function statusFailure(error: APICallError, status: number): ModelFailure {
  const said = `The model endpoint answered ${status}: ${quote(error.message)}`;
  const headers = error.responseHeaders ?? {};
  const retryAfterMs = retryAfterOf(headers['retry-after'], Date.parse(headers['date'] ?? ''));
  const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  // A success status here means that its body could not be read.
  if (status < 300) {
    return isConnection(error)
      ? new ModelFailure('connection', `The connection to the model endpoint failed: ${rootOf(error)}`, details, {
          cause: error,
        })
      : new ModelFailure('malformed', said, details, { cause: error });
  }
  const outcome =
    status === STATUS_TOO_MANY ? 'rate_limited' : status >= STATUS_SERVER_ERROR ? 'server_error' : 'rejected';
  return new ModelFailure(outcome, said, details, { cause: error });
}

/** Seconds, or a date (RFC 9110, 10.2.3), which is compared with the endpoint's own clock. */
export function retryAfterOf(header: string | undefined, endpointNow: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Math.ceil(Number(header) * MS_PER_SECOND);
  const wait = Date.parse(header) - endpointNow;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** undici says "terminated" or "fetch failed", and names the reason in the cause. */
function isConnection(error: Error): boolean {
  return chainOf(error).some(
    (link) =>
      /^(terminated|fetch failed|other side closed|Cannot connect to API)/i.test(link.message) ||
      ('code' in link && typeof link.code === 'string' && /^(E[A-Z]+|UND_ERR_\w+|HPE_\w+)$/.test(link.code)),
  );
}

function chainOf(thrown: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = thrown; isError(link) && !chain.includes(link); link = link.cause) chain.push(link);
  return chain;
}

/** Errors of Node's own fetch may come from another realm, whose `Error` is not ours. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown);
}

function rootOf(error: Error): string {
  const messages = chainOf(error).map(({ message }) => message);
  return quote(messages.findLast((message) => message !== '') ?? 'no reason given');
}

function wordsOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return typeof thrown === 'string' ? thrown : JSON.stringify(thrown);
}

function quote(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length <= QUOTE_MAX_CHARS ? line : `${line.slice(0, QUOTE_MAX_CHARS)}...`;
}

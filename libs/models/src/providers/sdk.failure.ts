import { types } from 'node:util';
import type { APICallError } from 'ai';
import { quoted, type EndpointSecrets } from './endpoint.message';
import { bodyWords, reportedFailure } from './endpoint.error';
import { ModelFailure, outcomeOfStatus, type FailureDetails } from './model.failure';

const MS_PER_SECOND = 1_000;

/**
 * Translates an error of the SDK or the connection. The error is not kept as the cause: it holds the request, the
 * response and the address, and causes are logged.
 */
export async function failureOf(thrown: unknown, secrets: EndpointSecrets): Promise<ModelFailure> {
  const { APICallError } = await import('ai');
  const known = chainOf(thrown).find((error) => error instanceof ModelFailure);
  if (known) return known;
  if (APICallError.isInstance(thrown) && thrown.statusCode !== undefined)
    return statusFailure(thrown, thrown.statusCode, secrets);
  if (!isError(thrown)) return reportedFailure(thrown, secrets);
  if (isConnection(thrown)) return connectionFailure(thrown);
  const words = quoted(thrown.message, secrets);
  return new ModelFailure('malformed', `The model endpoint sent an answer that cannot be read: ${words}`);
}

function statusFailure(error: APICallError, status: number, secrets: EndpointSecrets): ModelFailure {
  // A gateway's error may not have the provider's form; the SDK then gives only the name of the status.
  const words = (status < 300 ? null : bodyWords(error.responseBody ?? '')) ?? error.message;
  const said = `The model endpoint answered ${status}: ${quoted(words, secrets)}`;
  const headers = error.responseHeaders ?? {};
  const retryAfterMs = retryAfterOf(headers['retry-after'], Date.parse(headers['date'] ?? ''));
  const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  // With a success status, the body could not be read.
  if (status < 300) {
    return isConnection(error) ? connectionFailure(error, details) : new ModelFailure('malformed', said, details);
  }
  return new ModelFailure(outcomeOfStatus(status), said, details);
}

/** The message uses the error code only; the text beside it would reveal the address of the endpoint. */
function connectionFailure(error: Error, details: FailureDetails = {}): ModelFailure {
  const reason =
    chainOf(error)
      .map(codeOf)
      .findLast((code) => code !== null) ?? 'it was closed';
  return new ModelFailure('connection', `The connection to the model endpoint failed: ${reason}.`, details);
}

/**
 * Milliseconds of a Retry-After in seconds or as a date (RFC 9110, 10.2.3); a date is compared with the endpoint's own
 * clock.
 */
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
      /^(E[A-Z]+|UND_ERR_\w+|HPE_\w+)$/.test(codeOf(link) ?? ''),
  );
}

/** The code of a system call, of TLS or of the HTTP client, like ECONNREFUSED. */
function codeOf(error: Error): string | null {
  if (!('code' in error) || typeof error.code !== 'string') return null;
  return /^[A-Z][A-Z0-9_]{2,63}$/.test(error.code) ? error.code : null;
}

function chainOf(thrown: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = thrown; isError(link) && !chain.includes(link); link = link.cause) chain.push(link);
  return chain;
}

/** Errors of Node's fetch may come from another realm, so `instanceof Error` fails for them. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown);
}

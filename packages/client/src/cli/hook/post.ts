import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

const KEEP_ALIVE_MS = 30_000;
const OK = 200;

export interface Question {
  readonly url: URL;
  readonly key: string;
  readonly body: string;
  readonly signal: AbortSignal;
}

/**
 * Posts a question and returns the answer, a JSON object. Node's fetch gives up after 300 s without a response head, and
 * a held question has none until it is decided; a plain request has no such limit.
 */
export async function post({ url, key, body, signal }: Question): Promise<string> {
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    signal,
  });
  request.setSocketKeepAlive(true, KEEP_ALIVE_MS);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = await text(response);
  const json = objectIn(answer);
  if (response.statusCode !== OK) throw new Error(`HTTP ${response.statusCode ?? 0}: ${detailOf(json)}`);
  if (json === null) throw new Error('The response is not a JSON object: check that the address is that of Assent.');
  return JSON.stringify(json);
}

function objectIn(answer: string): object | null {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function detailOf(problem: object | null): string {
  const { detail, title } = (problem ?? {}) as { readonly detail?: unknown; readonly title?: unknown };
  const found = [detail, title].find((part) => typeof part === 'string');
  return found ?? 'there are no problem details; check that the address is that of Assent.';
}

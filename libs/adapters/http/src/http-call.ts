import { Type } from '@sinclair/typebox';
import { AssentError, type JsonObject } from '@assent/contract';
import { cutText, type EgressClient, type EgressResponse } from '@assent/platform';
import { quotePath, shownText, type ToolContext, type ToolHost } from '@assent/tools';
import { decodeBody } from './http-charset';
import { HEADER_NAME, HEADERS_MAX, HeaderValue, type EffectHeader, type HttpRules } from './http-settings';

/** Deadline of a whole exchange, including slow responses. */
export const HTTP_DEADLINE_MS = 60_000;
const URL_MAX_CHARS = 8_192;

export const UrlArgument = Type.String({
  minLength: 1,
  maxLength: URL_MAX_CHARS,
  description: 'Absolute http or https URL of an allowed host, without credentials',
  examples: ['https://api.example.com/v1/orders?state=open'],
});
export const HeadersArgument = Type.Record(Type.String({ pattern: HEADER_NAME }), HeaderValue, {
  additionalProperties: false,
  maxProperties: HEADERS_MAX,
  description: 'Names in lower case; no credentials: those are configured',
  examples: [{ 'content-type': 'application/json' }],
});

/** Reserved request headers: they frame the message, choose the host, carry credentials, or are set by the server. */
const RESERVED =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|http2-settings|forwarded|via|date|cookie2?|authorization|user-agent|accept-encoding|idempotency-key|x-forwarded-.*|x-http-method.*|x-method-override|x-original-.*|x-rewrite-.*|proxy-.*|sec-.*)$/;
/** Response headers passed to the reader. They carry no session. */
const RESPONSE_HEADERS = [
  'content-type',
  'content-length',
  'date',
  'etag',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'x-request-id',
] as const;
const RESPONSE_HEADER_MAX_CHARS = 1_000;
/** Bytes read beyond the output limit; more than the redaction filter holds back for most secrets. */
const LOOK_AHEAD_BYTES = 16_384;

/** Dependencies shared by the adapters of this family. */
export interface HttpParts {
  readonly rules: HttpRules;
  readonly egress: EgressClient;
  readonly host: ToolHost;
}

/** @throws AssentError `invalid` or `forbidden` (pointer /args/url) */
export function targetOf(text: string, { rules, egress }: HttpParts): URL {
  const url = checked(text, egress);
  if (!rules.allows(url)) {
    throw new AssentError(
      'forbidden',
      `The host ${quotePath(url.hostname)} is not among the hosts that http tools may call. Choose another, or have it allowed.`,
      { pointer: '/args/url' },
    );
  }
  // A URL fragment is never sent to the server.
  url.hash = '';
  return url;
}

/** @throws AssentError `invalid` (pointer /args/headers/...) for a header that a caller must not set */
export function headersOf(given: Readonly<Record<string, string>>, url: URL, rules: HttpRules): EffectHeader[] {
  const configured = new Set(rules.headersFor(url).map(({ name }) => name));
  for (const name of Object.keys(given)) {
    if (!RESERVED.test(name) && !configured.has(name)) continue;
    throw new AssentError(
      'invalid',
      `The header ${quotePath(name)} is set by the server or by its configuration. Leave it out.`,
      { pointer: `/args/headers/${name.replaceAll('~', '~0')}` },
    );
  }
  return [
    { name: 'user-agent', value: 'assent' },
    { name: 'accept-encoding', value: 'identity' },
    ...Object.entries(given).map(([name, value]) => ({ name, value })),
  ];
}

/** Fills in the values of secrets right before sending. @throws AssentError `conflict` naming a variable without a usable value */
export function resolveHeaders(headers: readonly EffectHeader[], host: ToolHost): [string, string][] {
  return headers.map(({ name, value, secret }) => [
    name,
    secret === undefined ? value : value + secretOf(secret, host),
  ]);
}

/** The bounded output for a response. Omits and reports a body that cannot be decoded in its charset. */
export function responseOutput(
  { status, headers, body, truncated }: EgressResponse,
  maxBytes: number,
  context: Pick<ToolContext, 'redaction'>,
): JsonObject {
  const isCut = truncated || body.length > maxBytes;
  const named = RESPONSE_HEADERS.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, shownText(value, context).slice(0, RESPONSE_HEADER_MAX_CHARS)]];
  });
  const kept = decodeBody(body.subarray(0, maxBytes), headers['content-type'], isCut);
  const all = decodeBody(body, headers['content-type'], truncated) ?? kept;
  return {
    status,
    headers: Object.fromEntries(named) as JsonObject,
    ...(kept === null || all === null
      ? { binary: true }
      : { body: redactedPart(all, kept.length, truncated, context) }),
    bytes: Math.min(body.length, maxBytes),
    truncated: isCut,
  };
}

/** Bytes to request for an output of `maxBytes`, so that the filter sees a secret at the end of the output in full. */
export function readLimit(maxBytes: number): number {
  return maxBytes + LOOK_AHEAD_BYTES;
}

/**
 * The first `chars` characters of a text. Redacts before it cuts, because a cut secret is not recognised.
 * @param isOpen the text itself was cut, so its end may hold part of a secret
 */
function redactedPart(text: string, chars: number, isOpen: boolean, context: Pick<ToolContext, 'redaction'>): string {
  const filter = context.redaction();
  const decided = filter.push(text);
  // The filter holds back the end of an open text because a secret may begin there.
  return cutText(isOpen ? decided : decided + filter.end(), chars);
}

function checked(text: string, egress: EgressClient): URL {
  try {
    return egress.check(text);
  } catch (thrown) {
    if (!(thrown instanceof AssentError)) throw thrown;
    throw new AssentError(thrown.reason, thrown.message, { pointer: '/args/url' }, { cause: thrown });
  }
}

function secretOf(name: string, host: ToolHost): string {
  let value: string;
  try {
    value = host.secret(name);
  } catch (cause) {
    throw new AssentError('conflict', `The secret ${name} is not set on this server. Nothing was sent.`, {}, { cause });
  }
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  throw new AssentError(
    'conflict',
    `The secret ${name} cannot stand in a header (printable ASCII only). Nothing was sent.`,
  );
}

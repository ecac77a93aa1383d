import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, literals, type JsonObject } from '@assent/contract';
import { ownSchemaCheck, visibleText } from '@assent/tools';
import { UrlArgument } from './http-call';
import { EffectHeader, HEADERS_MAX } from './http-settings';

/** Maximum characters of a request body. A person has to be able to read it. */
const BODY_MAX_CHARS = 100_000;
/** Maximum headers of an effect. The server adds a few to those of the caller. */
const EFFECT_HEADERS_MAX = HEADERS_MAX + 8;

export const MethodArgument = {
  ...literals(['POST', 'PUT', 'PATCH', 'DELETE'], 'Method of the request'),
  examples: ['POST'],
};
export const BodyArgument = Type.String({
  maxLength: BODY_MAX_CHARS,
  description: 'Body, sent as UTF-8, unchanged',
  examples: ['{"state": "open"}'],
});

const HttpEffect = closed({
  method: MethodArgument,
  url: UrlArgument,
  headers: Type.Array(EffectHeader, { maxItems: EFFECT_HEADERS_MAX }),
  /** Headers from the operator's settings at the time of the approval. */
  configured: Type.Array(EffectHeader, { maxItems: EFFECT_HEADERS_MAX }),
  body: Type.Optional(BodyArgument),
});
/** The request that is shown for approval, stored, and sent. */
export type HttpEffect = Static<typeof HttpEffect>;

const check = ownSchemaCheck<HttpEffect>(HttpEffect);

/** @throws AssentError `conflict` for a stored effect that this version cannot have written */
export function parseHttpEffect(effect: JsonObject): HttpEffect {
  const checked = check(effect);
  if (checked.ok) return checked.value;
  throw new AssentError('conflict', 'The approved request cannot be read by this version. Plan it again.');
}

/** Renders the request line by line as it is sent, with secrets by name and deceptive characters by code point. */
export function summaryOf({ method, url, headers, configured, body }: HttpEffect, idempotencyKey: string): string {
  const all = [...headers, { name: 'idempotency-key', value: idempotencyKey }, ...configured];
  const lines = all.map(
    ({ name, value, secret }) => `${name}: ${value}${secret === undefined ? '' : `<secret ${secret}>`}`,
  );
  const size = Buffer.byteLength(body ?? '');
  const text = body === undefined ? ['', '(no body)'] : ['', `(body, ${size} bytes)`, body];
  return [`${method} ${url}`, ...lines, ...text].map(visibleText).join('\n');
}

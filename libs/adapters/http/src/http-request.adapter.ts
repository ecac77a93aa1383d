import { isDeepStrictEqual } from 'node:util';
import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import type { EgressResponse } from '@assent/platform';
import type { EffectDraft, EffectReport, EffectResult, ExternalAdapter, ToolContext } from '@assent/tools';
import {
  headersOf,
  HeadersArgument,
  HTTP_DEADLINE_MS,
  resolveHeaders,
  readLimit,
  responseOutput,
  targetOf,
  UrlArgument,
  type HttpParts,
} from './http-call';
import { BodyArgument, MethodArgument, parseHttpEffect, summaryOf, type HttpEffect } from './http-effect';

const STATUS_CLASS = 100;
/** Class of the HTTP statuses that report success. */
const SUCCESS = 2;

const Arguments = closed({
  method: MethodArgument,
  url: UrlArgument,
  headers: Type.Optional(HeadersArgument),
  body: Type.Optional(BodyArgument),
});

/** @param idempotent whether every allowed host honours Idempotency-Key */
export function httpRequest(parts: HttpParts, idempotent: boolean): ExternalAdapter {
  return {
    name: 'http.request',
    description:
      'Proposes a request (POST, PUT, PATCH or DELETE) to an allowed host, which is sent once when it is approved, with an ' +
      'Idempotency-Key. Give "content-type" when there is a body. An answer other than 2xx is a failure; redirects are not followed.',
    effect: 'external',
    inputSchema: Arguments,
    effort: 5,
    idempotent,
    deadlineMs: HTTP_DEADLINE_MS,

    async dryRun(args: Static<typeof Arguments>, { idempotencyKey }: ToolContext): Promise<EffectDraft> {
      return Promise.resolve(draftOf(args, idempotencyKey, parts));
    },

    async apply(approved: JsonObject, context: ToolContext): Promise<EffectResult> {
      const effect = parseHttpEffect(approved);
      const target = targetOf(effect.url, parts);
      if (!isDeepStrictEqual(effect.configured, parts.rules.headersFor(target))) {
        return { outcome: 'stale', output: { changed: 'The configured headers of this host are others now.' } };
      }
      const answer = await parts.egress.request({
        method: effect.method,
        url: target.href,
        headers: [
          ...resolveHeaders([...effect.headers, ...effect.configured], parts.host),
          ['idempotency-key', context.idempotencyKey],
        ],
        ...(effect.body === undefined ? {} : { body: effect.body }),
        maxResponseBytes: readLimit(parts.rules.maxResponseBytes),
        totalTimeoutMs: HTTP_DEADLINE_MS,
        signal: context.signal,
      });
      const output = responseOutput(answer, parts.rules.maxResponseBytes, context);
      return { outcome: 'applied', output, report: reportOf(effect.method, target, answer) };
    },
  };
}

function draftOf(
  { method, url, headers = {}, body }: Static<typeof Arguments>,
  idempotencyKey: string,
  parts: HttpParts,
): EffectDraft {
  if (body?.isWellFormed() === false) {
    throw new AssentError('invalid', 'The body is not valid Unicode: it would not be sent as it is shown.', {
      pointer: '/args/body',
    });
  }
  const target = targetOf(url, parts);
  const effect: HttpEffect = {
    method,
    url: target.href,
    headers: headersOf(headers, target, parts.rules),
    configured: [...parts.rules.headersFor(target)],
    ...(body === undefined ? {} : { body }),
  };
  return {
    effect,
    summary: summaryOf(effect, idempotencyKey),
    targets: [`${method} ${target.origin}${target.pathname}`],
  };
}

/** Reports a status other than 2xx as a failure. Only the other side knows whether it did something anyway. */
function reportOf(method: string, { host }: URL, { status }: EgressResponse): EffectReport {
  const ok = Math.floor(status / STATUS_CLASS) === SUCCESS;
  return { ok, status, message: `${host} answered the ${method} with status ${status}.` };
}

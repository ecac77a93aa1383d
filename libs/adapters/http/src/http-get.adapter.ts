import { Type, type Static } from '@sinclair/typebox';
import { closed, literals, type JsonObject } from '@assent/contract';
import type { ReadAdapter, ToolContext } from '@assent/tools';
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

const Arguments = closed({
  url: UrlArgument,
  method: Type.Optional({ ...literals(['GET', 'HEAD'], 'HEAD: without the body; default GET'), examples: ['HEAD'] }),
  headers: Type.Optional(HeadersArgument),
});

/** `http.get`: fetches a URL of an allowed host. */
export function httpGet(parts: HttpParts): ReadAdapter {
  return {
    name: 'http.get',
    description:
      'Reads a URL of an allowed host with GET or HEAD. Answers status, some headers and the body as text, up to a limit ' +
      '("truncated"). Redirects are answered, not followed; private addresses are refused.',
    effect: 'read',
    inputSchema: Arguments,
    effort: 2,
    idempotent: true,
    deadlineMs: HTTP_DEADLINE_MS,

    async run(
      { url, method = 'GET', headers = {} }: Static<typeof Arguments>,
      context: ToolContext,
    ): Promise<JsonObject> {
      const target = targetOf(url, parts);
      const all = [...headersOf(headers, target, parts.rules), ...parts.rules.headersFor(target)];
      const answer = await parts.egress.request({
        method,
        url: target.href,
        headers: resolveHeaders(all, parts.host),
        maxResponseBytes: readLimit(parts.rules.maxResponseBytes),
        totalTimeoutMs: HTTP_DEADLINE_MS,
        signal: context.signal,
      });
      return responseOutput(answer, parts.rules.maxResponseBytes, context);
    },
  };
}

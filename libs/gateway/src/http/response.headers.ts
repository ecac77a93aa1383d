import type { FastifyInstance, FastifyReply } from 'fastify';

/** Part of Fastify's configuration of a route that answers with a page: what that page may load. */
export interface PagePolicy {
  readonly contentSecurityPolicy?: string;
}

/** An answer of the API is data: if a browser shows it as a page all the same, it loads, runs and frames nothing. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/;

/** Headers that protect a browser, on every answer. */
export const PROTECTIVE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': DATA_POLICY,
};

/** MUST be called before all other hooks are added: what they refuse has these headers too. */
export function installResponseHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { contentSecurityPolicy } = request.routeOptions.config as PagePolicy;
    reply.headers(PROTECTIVE_HEADERS);
    if (contentSecurityPolicy !== undefined && isPage(reply))
      reply.header('content-security-policy', contentSecurityPolicy);
    // A JSON document is a text file to a terminal and to line-based tools: it ends with a line break.
    done(null, typeof payload === 'string' && JSON_TYPE.test(typeOf(reply)) ? `${payload}\n` : payload);
  });
}

function isPage(reply: FastifyReply): boolean {
  return typeOf(reply).startsWith('text/html');
}

function typeOf(reply: FastifyReply): string {
  const type = reply.getHeader('content-type');
  return typeof type === 'string' ? type : '';
}

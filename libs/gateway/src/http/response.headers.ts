import type { FastifyInstance, FastifyReply } from 'fastify';

/** Part of Fastify's configuration of a route that serves a page. */
export interface PagePolicy {
  /** The sources from which its HTML may load. */
  readonly contentSecurityPolicy?: string;
  /** Headers of every response of the route, instead of or beside the protective ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Responses of the API are data. If a browser renders one as a page, it must not load, run or frame anything. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/;

/** Adds security headers for browsers to every response. */
export const PROTECTIVE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': DATA_POLICY,
};

/** MUST be called before all other hooks are added, so that their error responses have these headers as well. */
export function installResponseHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { contentSecurityPolicy, headers } = request.routeOptions.config as PagePolicy;
    reply.headers({ ...PROTECTIVE_HEADERS, ...headers });
    if (contentSecurityPolicy !== undefined && isPage(reply))
      reply.header('content-security-policy', contentSecurityPolicy);
    // Terminals and line-based tools expect a text file to end with a line break.
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

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import type { Config } from '@assent/platform';
import { allowOrigin, answerPreflight, isPreflight } from './cors';

/** Kubernetes and Prometheus address a replica by its IP address; these routes reveal nothing that a page could use. */
export const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Checks the Host and Origin headers of a request before any route runs. A page of another origin can reach a server on
 * loopback, and these headers identify it.
 */
export function installHttpEdge(fastify: FastifyInstance, config: Config): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // The response depends on the origin even if no origin is allowed.
    reply.header('vary', 'origin');
    const refused = problemOf(request, config);
    const { origin, host } = request.headers;
    if (!refused && origin !== undefined && !isSameOrigin(origin, host)) {
      allowOrigin(reply, origin);
      if (isPreflight(request)) {
        answerPreflight(request, reply);
        return;
      }
    }
    done(refused ?? undefined);
  });
}

function problemOf(request: FastifyRequest, config: Config): AssentError | null {
  const hosts = request.raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1) return new AssentError('invalid', 'The request has more than one Host header.');
  // U+0000 cannot be stored as text, and no name, id or cursor contains it.
  if (request.url.includes('%00'))
    return new AssentError('invalid', 'The address contains the character U+0000. Remove it.');
  if (PROBES.has(request.routeOptions.url ?? '')) return null;
  const { host, origin } = request.headers;
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (config.allowedHosts && !config.allowedHosts.has(name)) {
    return new AssentError(
      'forbidden',
      'This server does not answer to that Host. Use its own address, or add the name to ALLOWED_HOSTS.',
    );
  }
  if (origin !== undefined && !config.allowedOrigins.has(origin) && !isSameOrigin(origin, host)) {
    return new AssentError(
      'forbidden',
      'Pages of this origin may not call the server. Add the origin to ALLOWED_ORIGINS.',
    );
  }
  return null;
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

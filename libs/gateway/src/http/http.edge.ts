import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import type { Config } from '@assent/platform';
import { allowOrigin, answerPreflight, isPreflight } from './cors';

/** Kubernetes and Prometheus address a replica by its number; these routes tell nothing that a page could use. */
export const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Checks before any route who a request is addressed to and which page it comes from. A browser page of another origin
 * can reach a server on loopback; Host and Origin tell them apart.
 */
export function installHttpEdge(fastify: FastifyInstance, config: Config): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // The answer depends on the origin, also where it allows none.
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
  // What no text of the database can hold, and no name, id or cursor has.
  if (request.url.includes('%00')) return new AssentError('invalid', 'The address holds the character U+0000.');
  if (PROBES.has(request.routeOptions.url ?? '')) return null;
  const { host, origin } = request.headers;
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (config.allowedHosts && !config.allowedHosts.has(name)) {
    return new AssentError(
      'forbidden',
      'This server does not answer to that Host: use its own address, or add the name to ALLOWED_HOSTS.',
    );
  }
  if (origin !== undefined && !config.allowedOrigins.has(origin) && !isSameOrigin(origin, host)) {
    return new AssentError(
      'forbidden',
      'Pages of this origin may not call the server: add the origin to ALLOWED_ORIGINS.',
    );
  }
  return null;
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

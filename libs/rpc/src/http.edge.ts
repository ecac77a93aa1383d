import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import { inRequest, type Config } from '@assent/platform';
import { allowOrigin, answerPreflight, isPreflight } from './cors';
import { parseStrictJson } from './strict-json';

/** Largest body in bytes. */
export const BODY_LIMIT_BYTES = 1_048_576;
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;
/** The route whose bodies are signed (libs/approvals/src/webhooks/callback.controller.ts). */
const SIGNED_ROUTE = '/approvals/:id/callback';

/** Kubernetes and Prometheus address a replica by its number; these routes tell nothing that a page could use. */
export const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/**
 * What is looked at before any route: who the request is addressed to, which page it comes from, and how its body is
 * spelled. A browser page of another origin can reach a server on loopback; Host and Origin are how it is told apart.
 */
export function installHttpEdge(fastify: FastifyInstance, config: Config): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // What is answered depends on who asks, also where nothing is said to this origin.
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
    if (!refused && request.method !== 'POST' && request.url.split('?')[0] === '/rpc') {
      // A route of Nest names one HTTP method only.
      reply.header('allow', 'POST');
      done(Object.assign(new Error('method not allowed'), { statusCode: 405 }));
      return;
    }
    done(refused ?? undefined);
  });
  // After the body was read, whose events know nothing of the request.
  fastify.addHook('preHandler', (_request, _reply, done) => {
    inRequest(done);
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/json/i,
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request, body, done) => {
      const { headers, routeOptions } = request;
      if (!JSON_TYPE.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) {
        done(Object.assign(new Error('unsupported media type'), { statusCode: 415 }));
        return;
      }
      const bytes = body as Buffer;
      const isRpc = routeOptions.url === '/rpc';
      if (bytes.length === 0 && !isRpc) {
        done(null, undefined);
        return;
      }
      const parsed = parseStrictJson(bytes);
      // Its signature is one of the bytes.
      if (routeOptions.url === SIGNED_ROUTE) Object.assign(request, { rawBody: bytes });
      // /rpc answers bad JSON in its own form; everywhere else the body is the value.
      if (isRpc) done(null, parsed);
      else if (parsed.ok) done(null, parsed.value);
      else done(new AssentError('invalid', `The body was refused: ${parsed.problem}.`, { pointer: '' }));
    },
  );
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

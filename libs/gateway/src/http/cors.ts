import type { FastifyReply, FastifyRequest } from 'fastify';

/** Request headers that a page may send besides the CORS-safelisted ones. */
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'if-match',
  'idempotency-key',
  'last-event-id',
  'x-request-id',
  'traceparent',
  'tracestate',
];
/** Response headers that a page may read besides the CORS-safelisted ones. */
const ANSWER_HEADERS = ['etag', 'location', 'retry-after', 'www-authenticate', 'x-request-id'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Browsers limit this to two hours or less. */
const PREFLIGHT_SECONDS = 7_200;

/** Lets a page of an allowed origin read every response. Credentials are sent in a header, never in a cookie. */
export function allowOrigin(reply: FastifyReply, origin: string): void {
  reply
    .header('access-control-allow-origin', origin)
    .header('access-control-expose-headers', ANSWER_HEADERS.join(', '));
}

/** Whether this is the preflight request that a browser sends before the actual one. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

export function answerPreflight(request: FastifyRequest, reply: FastifyReply): void {
  reply
    .header('access-control-allow-methods', METHODS.join(', '))
    .header('access-control-allow-headers', REQUEST_HEADERS.join(', '))
    .header('access-control-max-age', PREFLIGHT_SECONDS);
  // Some browsers require a second permission when a public page calls a private network.
  if (request.headers['access-control-request-private-network'] === 'true')
    reply.header('access-control-allow-private-network', 'true');
  reply.code(204).send();
}

import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a page may send beside the headers that every page may send. */
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
/** What a page may read beside the headers that every page may read. */
const ANSWER_HEADERS = ['etag', 'location', 'retry-after', 'www-authenticate', 'x-request-id'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Browsers cut it to two hours or less by themselves. */
const PREFLIGHT_SECONDS = 7_200;

/** Lets a page of an allowed origin read every response; credentials are sent by header, never by cookie. */
export function allowOrigin(reply: FastifyReply, origin: string): void {
  reply
    .header('access-control-allow-origin', origin)
    .header('access-control-expose-headers', ANSWER_HEADERS.join(', '));
}

/** A browser asks whether its page may send a request, before it does. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

export function answerPreflight(request: FastifyRequest, reply: FastifyReply): void {
  reply
    .header('access-control-allow-methods', METHODS.join(', '))
    .header('access-control-allow-headers', REQUEST_HEADERS.join(', '))
    .header('access-control-max-age', PREFLIGHT_SECONDS);
  // A page from the internet that calls a server on this machine or network is asked twice by some browsers.
  if (request.headers['access-control-request-private-network'] === 'true')
    reply.header('access-control-allow-private-network', 'true');
  reply.code(204).send();
}

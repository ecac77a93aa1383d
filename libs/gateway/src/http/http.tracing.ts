import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isTracing, readTraceparent, startSpan, type OpenSpan } from '@assent/platform';
import { PROBES } from './http.edge';

const SERVER_ERROR = 500;

/** Starts a span per request, as a child of the caller's span if it sent a trace context. Adds no hook when tracing is off. */
export function installHttpTracing(fastify: FastifyInstance): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? '';
    const name = route === '' ? request.method : `${request.method} ${route}`;
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'assent.request_id': request.id,
    };
    const parent = readTraceparent(request.headers['traceparent']);
    const span = PROBES.has(route) ? null : startSpan(name, { kind: 'server', attributes, parent });
    if (span) {
      spans.set(request, span);
      // The span of a stream request ends with the stream.
      reply.raw.once('close', () => {
        const { statusCode } = reply;
        span.set({ 'http.response.status_code': statusCode });
        span.end(statusCode >= SERVER_ERROR ? String(statusCode) : undefined);
      });
    }
    done();
  });
  // The last hook before the route, because reading the body in between would lose the active span.
  fastify.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.within(done);
    else done();
  });
}

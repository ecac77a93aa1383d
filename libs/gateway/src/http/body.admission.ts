import type { FastifyInstance } from 'fastify';
import { TransportRefusal } from './transport.problem';

const CONTINUE = /^100-continue$/i;

/**
 * Refuses a body whose declared size is too large before it is sent, and requests the body (`Expect: 100-continue`) only
 * after the request was admitted.
 * MUST be called after all other `onRequest` hooks are added.
 */
export function installBodyAdmission(fastify: FastifyInstance): void {
  // Without these listeners Node sends "100 Continue", or 417 without a body, before any hook runs.
  for (const event of ['checkContinue', 'checkExpectation']) {
    fastify.server.on(event, (...exchange: unknown[]) => {
      fastify.server.emit('request', ...exchange);
    });
  }
  fastify.addHook('onRequest', (request, reply, done) => {
    const { expect, 'content-length': length } = request.headers;
    const isUnknown = expect !== undefined && !CONTINUE.test(expect);
    if (isUnknown || Number(length ?? 0) > request.routeOptions.bodyLimit) {
      // The body was not read, so the connection cannot carry another request.
      reply.header('connection', 'close');
      done(new TransportRefusal(isUnknown ? 417 : 413));
      return;
    }
    if (expect !== undefined) reply.raw.writeContinue();
    done();
  });
}

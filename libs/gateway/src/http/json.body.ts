import type { FastifyInstance } from 'fastify';
import { AssentError } from '@assent/contract';
import { parseStrictJson } from './strict-json';
import { TransportRefusal } from './transport.problem';

/** Maximum bytes of a body on routes that have authenticated the caller. */
export const BODY_LIMIT_BYTES = 1_048_576;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)"?/i;
const UTF8 = /^utf-?8$/i;
/** The route whose bodies are signed (rest/callback.controller.ts). */
const SIGNED_ROUTE = '/approvals/:id/callback';
const CONTINUE = /^100-continue$/i;

/** Bodies are JSON in UTF-8; no other encoding is accepted. */
export function installJsonBody(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/json(?:;|$)/i,
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request, body, done) => {
      const { headers, routeOptions } = request;
      if (!isUtf8Text(headers['content-type']) || !isPlain(headers['content-encoding'])) {
        done(new TransportRefusal(415));
        return;
      }
      const bytes = body as Buffer;
      const isRpc = routeOptions.url === '/rpc';
      if (bytes.length === 0 && !isRpc) {
        done(null, undefined);
        return;
      }
      const parsed = parseStrictJson(bytes);
      // The signature covers these bytes.
      if (routeOptions.url === SIGNED_ROUTE) Object.assign(request, { rawBody: bytes });
      // /rpc reports invalid JSON in its own format; for all other routes the body is the parsed value.
      if (isRpc) done(null, parsed);
      else if (parsed.ok) done(null, parsed.value);
      else done(new AssentError('invalid', `The body was refused: ${parsed.problem}.`, { pointer: '' }));
    },
  );
}

/** JSON has no other encoding (RFC 8259), so the remaining parameters have no effect. */
function isUtf8Text(contentType = ''): boolean {
  const charset = CHARSET.exec(contentType)?.[1];
  return charset === undefined || charset === '' || UTF8.test(charset);
}

function isPlain(contentEncoding: string | undefined): boolean {
  return contentEncoding === undefined || ['', 'identity'].includes(contentEncoding.trim().toLowerCase());
}

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

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

import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { newId } from '@assent/platform';
import { PROTECTIVE_HEADERS } from './response.headers';
import { transportProblem } from './transport.problem';

/** Status by Node's error code; 400 for every other code. */
const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};
const BAD_REQUEST = 400;

/**
 * Responds to bytes that Node could not parse as a request. Without a request object, the response is written to the
 * socket.
 */
export class ClientErrors {
  /** Number of unfinished responses per connection. */
  private readonly open = new WeakMap<Socket, Set<ServerResponse>>();

  /** MUST be called before the server listens. */
  watch(server: Server): void {
    server.prependListener('request', ({ socket }, response: ServerResponse) => {
      const responses = this.open.get(socket) ?? new Set();
      this.open.set(socket, responses.add(response));
      response.once('close', () => responses.delete(response));
    });
  }

  answer(error: Error & { code?: string }, socket: Socket): void {
    // A second response would be read as part of the unfinished one.
    const isAnswering = [...(this.open.get(socket) ?? [])].some(({ headersSent }) => headersSent);
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
      socket.destroy(error);
      return;
    }
    const requestId = newId();
    const problem = transportProblem(STATUS_OF[error.code ?? ''] ?? BAD_REQUEST, requestId);
    const body = `${JSON.stringify(problem)}\n`;
    const headers = {
      ...PROTECTIVE_HEADERS,
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
      connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.end([`HTTP/1.1 ${problem.status} ${problem.title}`, ...lines, '', body].join('\r\n'));
  }
}

/** Responds to an address that the router cannot decode. The router runs no hooks for it. */
export function answerRouterError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = transportProblem(error.statusCode ?? BAD_REQUEST, request.id);
  reply
    .code(problem.status)
    .headers({ ...PROTECTIVE_HEADERS, 'x-request-id': request.id, 'content-type': 'application/problem+json' })
    .send(`${JSON.stringify(problem)}\n`);
}

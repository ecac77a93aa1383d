import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import { LOG, activeTraceparent, readTraceparent, traceIdOf, type Log } from '@assent/platform';
import { atTheDoor } from './door.error';
import { httpProblem, toProblem, type Problem } from './error.map';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
};
const HINTS: Readonly<Record<number, string>> = {
  404: 'There is nothing at this address: /docs lists the routes.',
  405: 'JSON-RPC is spoken by POST: the header Allow names what this address takes.',
  413: 'The body is larger than 1 MiB: send less.',
  415: 'Send Content-Type: application/json, uncompressed, in UTF-8.',
};

/** Every error of every HTTP route leaves here as RFC 9457 problem details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(thrown, request.id);
    if (problem.status >= 500 && !(thrown instanceof AssentError)) {
      this.log.error(
        {
          err: thrown,
          requestId: request.id,
          ...traceIdOf(activeTraceparent() ?? readTraceparent(request.headers['traceparent'])),
          method: request.method,
          route: request.routeOptions.url,
        },
        'a request failed inside the server',
      );
    }
    // The head of a stream is out already: all that is left is to end it.
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503 || problem.status === 429) reply.header('retry-after', retryAfter(problem));
    reply.code(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
  }
}

/** Seconds; 1 where nobody knows better. */
function retryAfter({ retryAfterSeconds }: Problem): string {
  return typeof retryAfterSeconds === 'number' ? String(retryAfterSeconds) : '1';
}

function problemOf(thrown: unknown, requestId: string): Problem {
  if (thrown instanceof AssentError) return toProblem(thrown, requestId);
  const status = statusOf(thrown);
  if (status === null || status >= 500) return toProblem(atTheDoor(thrown), requestId);
  return httpProblem(
    status,
    TITLES[status] ?? 'Request refused',
    HINTS[status] ?? 'The request could not be read.',
    requestId,
  );
}

/** Status of what Nest or Fastify have refused themselves. */
function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number')
    return thrown.statusCode;
  return null;
}

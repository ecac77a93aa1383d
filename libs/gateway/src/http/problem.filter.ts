import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import { LOG, activeTraceparent, readTraceparent, traceIdOf, type Log } from '@assent/platform';
import { toPublicError } from './public.error';
import { toProblem, type Problem } from './error.map';
import { TransportRefusal, sendProblem, transportProblem } from './transport.problem';

const TOO_LARGE = 413;
const INTERNAL = 500;

/** Converts every error of an HTTP route to RFC 9457 problem details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(thrown, request);
    if (problem.status >= INTERNAL && !(thrown instanceof AssentError || thrown instanceof TransportRefusal)) {
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
    // The headers of a stream were already sent, so the only option is to end the stream.
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503 || problem.status === 429) reply.header('retry-after', retryAfter(problem));
    sendProblem(reply, problem);
  }
}

/** Value of `Retry-After` in seconds; default 1. */
function retryAfter({ retryAfterSeconds }: Problem): string {
  return typeof retryAfterSeconds === 'number' ? String(retryAfterSeconds) : '1';
}

function problemOf(thrown: unknown, { id, routeOptions }: FastifyRequest): Problem {
  if (thrown instanceof AssentError) return toProblem(thrown, id);
  const status = statusOf(thrown);
  if (thrown instanceof TransportRefusal && status !== TOO_LARGE) return transportProblem(thrown.statusCode, id);
  if (status === null || status >= INTERNAL) return toProblem(toPublicError(thrown), id);
  if (status !== TOO_LARGE) return transportProblem(status, id);
  return transportProblem(status, id, `The body is larger than ${routeOptions.bodyLimit} bytes. Send a smaller one.`);
}

/** Status of errors raised by Nest or Fastify. */
function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number')
    return thrown.statusCode;
  return null;
}

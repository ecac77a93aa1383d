import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '@assent/contract';
import { activeTraceparent, readTraceparent, traceIdOf, type Log } from '@assent/platform';

/** The reason of every `closed()`. Without one, each abort would create an exception with a stack. */
const DISCONNECTED = new DOMException('The client has disconnected.', 'AbortError');

/** The caller, and the data that identifies the call in logs and traces. */
export interface CallContext {
  readonly principal: Principal;
  readonly requestId: string;
  /** The caller's W3C trace context; null when absent or invalid. */
  readonly traceparent: string | null;
  readonly log: Log;
  /** Aborted when the client disconnects; created on first use, because most calls do not need it. */
  closed(): AbortSignal;
}

/** The context of an authenticated request, on either transport. */
export function callContext(request: FastifyRequest, reply: FastifyReply, root: Log): CallContext {
  const { principal, id: requestId } = request as FastifyRequest & { principal?: Principal };
  if (!principal) throw new Error('the access hook admitted a call without a principal');
  let controller: AbortController | undefined;
  let log: Log | undefined;
  const traceparent = readTraceparent(request.headers['traceparent']);
  const trace = traceIdOf(activeTraceparent() ?? traceparent);
  return {
    principal,
    requestId,
    traceparent,
    get log() {
      return (log ??= root.child({ requestId, subject: principal.subject, ...trace }));
    },
    closed: () => {
      if (!controller) {
        const made = new AbortController();
        controller = made;
        reply.raw.once('close', () => {
          made.abort(DISCONNECTED);
        });
      }
      return controller.signal;
    },
  };
}

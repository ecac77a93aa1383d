import type { FastifyInstance } from 'fastify';
import { AssentError } from '@assent/contract';

/**
 * Time in which a closing replica still accepts connections and responds with 503. Requests sent before their client or
 * proxy noticed the shutdown get a response instead of a connection reset.
 */
const LINGER_MS = 500;

/**
 * Lets a stopping replica respond to its open requests. Connections close after the last response, or when the timeout
 * expires. New requests are refused with 503 and `Connection: close`, so that clients try another replica. MUST be
 * called before other `onRequest` hooks are added.
 * @param timeoutMs at least 0; streams have already ended, so only a slow upload or a stuck call takes this long
 * @param isDraining the server will stop soon: connections close after their next response
 */
export function drainRequests(fastify: FastifyInstance, timeoutMs: number, isDraining: () => boolean): void {
  let open = 0;
  let received = 0;
  let isClosing = false;
  let onLast: () => void = () => undefined;
  fastify.addHook('onRequest', (_request, reply, done) => {
    open += 1;
    received += 1;
    reply.raw.once('close', () => {
      open -= 1;
      if (open === 0) onLast();
    });
    done(
      isClosing
        ? new AssentError('draining', 'This replica is shutting down. Send the request again, to another replica.')
        : undefined,
    );
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing || isDraining()) reply.header('connection', 'close');
    done();
  });
  fastify.addHook('preClose', (done: () => void) => {
    isClosing = true;
    let isFinished = false;
    const timeout = setTimeout(finish, timeoutMs);
    const linger = setTimeout(finishWhenIdle, Math.min(LINGER_MS, timeoutMs));
    // After a phase without processor time, Node runs timers before it reads from sockets. Therefore this
    // function reads the sockets first.
    function finishWhenIdle(): void {
      const before = received;
      onLast = () => undefined;
      afterReading(() => {
        if (open > 0) onLast = finishWhenIdle;
        else if (received > before) finishWhenIdle();
        else finish();
      });
    }
    function finish(): void {
      if (isFinished) return;
      isFinished = true;
      onLast = () => undefined;
      clearTimeout(timeout);
      clearTimeout(linger);
      done();
    }
  });
}

/** Two turns of the event loop: the first accepts pending connections, the second reads their requests. */
function afterReading(then: () => void): void {
  setImmediate(() => setImmediate(then));
}

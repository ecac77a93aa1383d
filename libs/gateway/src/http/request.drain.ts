import type { FastifyInstance } from 'fastify';
import { AssentError } from '@assent/contract';

/**
 * Time in which a closing replica still accepts connections and answers 503: requests that were sent before their client
 * or proxy had noticed the shutdown get an answer in place of a destroyed connection.
 */
const LINGER_MS = 500;

/**
 * Lets a replica that stops answer the requests it has: connections are closed when the last answer is out, or when the
 * timeout expires. New requests meanwhile are refused with 503 and `Connection: close`, for another replica.
 * MUST be called before other `onRequest` hooks are added.
 * @param timeoutMs at least 0; streams have been ended before, so only a slow upload or a stuck call takes this long
 * @param isDraining the server will stop soon: connections are closed after their next answer
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
        ? new AssentError('draining', 'This replica is shutting down: send the request again, to another one.')
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
    // A process that got no processor time runs its timers before it reads what has arrived: it reads first.
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

/** Two turns of the event loop: the first one accepts the connections that wait, the second one reads their requests. */
function afterReading(then: () => void): void {
  setImmediate(() => setImmediate(then));
}

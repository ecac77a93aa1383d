import type { FastifyInstance } from 'fastify';
import { AssentError } from '@assent/contract';

/**
 * Lets a replica that stops answer what it was asked: sockets are closed when the last answer is out, or when patience
 * ends. What arrives meanwhile on a connection that is still open is sent to another replica.
 * @param patienceMs at least 0; streams have been ended before, so only a slow upload or a stuck call takes this long
 * @param isDraining the door will be closed soon: whoever is answered now opens a new connection the next time, elsewhere
 */
export function answerBeforeClosing(fastify: FastifyInstance, patienceMs: number, isDraining: () => boolean): void {
  let open = 0;
  let isClosing = false;
  let onLast: () => void = () => undefined;
  fastify.addHook('onRequest', (_request, reply, done) => {
    if (isClosing) {
      done(new AssentError('draining', 'This replica is shutting down: send the request again, to another one.'));
      return;
    }
    open += 1;
    reply.raw.once('close', () => {
      open -= 1;
      if (open === 0) onLast();
    });
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) reply.header('connection', 'close');
    done();
  });
  fastify.addHook('preClose', (done: () => void) => {
    isClosing = true;
    if (open === 0) {
      done();
      return;
    }
    const timer = setTimeout(() => {
      onLast();
    }, patienceMs);
    onLast = () => {
      onLast = () => undefined;
      clearTimeout(timer);
      done();
    };
  });
}

import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTerminal } from '@assent/contract';
import type { FrameStream, RunHead } from '@assent/runs';
import { SSE_HEADERS } from './frame.encoding';
import type { StreamEntry } from './stream.access';

export interface EventSourceRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly entry: StreamEntry;
  readonly run: RunHead;
  /** Sequence number of the last frame that the client has. */
  readonly after: number;
}

/**
 * Serves the frames of a run to a native EventSource. HEAD responds like GET, but opens no stream and does not use up a
 * ticket.
 * @param open `source` ends with the credential, `body` is sent
 */
export async function answerEventSource(
  { request, reply, entry, run, after }: EventSourceRequest,
  open: () => { readonly source: FrameStream; readonly body: Readable },
): Promise<void> {
  const isHead = request.method === 'HEAD';
  if (isTerminal(run.state) && after === run.seq) {
    if (!isHead) await entry.useTicket();
    // 204 is the only status that keeps an EventSource from reconnecting to a finished run.
    void reply.code(204).send();
    return;
  }
  if (isHead) {
    void reply.headers(SSE_HEADERS).send('');
    return;
  }
  const { source, body } = open();
  await entry.open(source);
  void reply.headers(SSE_HEADERS).send(body);
}

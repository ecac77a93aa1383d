import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Frame, MethodParams, MethodResult } from '@assent/contract';
import { requireScope } from '@assent/identity';
import { FramePages, FrameStreams, RunRepository, runNotFound } from '@assent/runs';
import type { CallContext } from '../call.context';
import type { RequestId, RpcCall } from './envelope';
import { SSE_HEADERS, rpcEncoding } from '../streams/frame.encoding';
import { ParamsValidator } from './params.validator';
import { StreamAccess } from '../streams/stream.access';

const DEFAULT_LIMIT = 200;

/** The method `stream`, served as SSE or as a long poll. */
@Injectable()
export class RpcStream {
  constructor(
    private readonly runs: RunRepository,
    private readonly streams: FrameStreams,
    private readonly pages: FramePages,
    private readonly validator: ParamsValidator,
    private readonly access: StreamAccess,
  ) {}

  /** @throws AssentError like the method `stream`, before the first byte */
  async open(call: RpcCall & { id: RequestId }, context: CallContext, reply: FastifyReply): Promise<void> {
    requireScope(context.principal, 'run:read');
    const { runId, after, types } = this.validator.check('stream', call.params);
    const run = await this.runs.findHead(context.principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    const stream = this.streams.stream(run, after ?? 0, new Set(types), rpcEncoding(call.id));
    this.access.open(context.principal, stream);
    void reply.headers(SSE_HEADERS).send(stream);
  }

  /**
   * A page of frames; waits for new ones until `waitMs` elapses, the client disconnects or its credential ends.
   * @throws AssentError not_found; invalid (cursor beyond the head); gone; unauthenticated when the credential ended
   * during the wait
   */
  async page(params: MethodParams<'stream'>, context: CallContext): Promise<MethodResult<'stream'>> {
    const { runId, after = 0, types, limit = DEFAULT_LIMIT, waitMs = 0 } = params;
    const { principal } = context;
    const page = await this.access.poll(principal, (ended) => {
      const signal = AbortSignal.any([context.closed(), ended]);
      return this.pages.page(principal.tenantId, runId, { after, types: new Set(types), limit, waitMs, signal });
    });
    if (!page) throw runNotFound(runId);
    const { lines, cursor, tail, done } = page;
    return { frames: lines.map((line) => JSON.parse(line.json) as Frame), cursor, tail, done };
  }
}

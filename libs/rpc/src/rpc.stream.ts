import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { MethodParams } from '@assent/contract';
import { requireScope } from '@assent/platform';
import { FrameStreams, RunRepository } from '@assent/runs';
import { runNotFound } from '@assent/engine';
import type { CallContext } from './call.context';
import type { RequestId, RpcCall } from './envelope';
import { SSE_HEADERS, rpcEncoding } from './frame.encoding';
import { ParamsValidator } from './params.validator';

/** `stream` answered as SSE. */
@Injectable()
export class RpcStream {
  constructor(
    private readonly runs: RunRepository,
    private readonly streams: FrameStreams,
    private readonly validator: ParamsValidator,
  ) {}

  /** @throws AssentError as the method `stream` does, before the first byte */
  async open(call: RpcCall & { id: RequestId }, context: CallContext, reply: FastifyReply): Promise<void> {
    requireScope(context.principal, 'run:read');
    this.validator.check('stream', call.params);
    const { runId, after, types } = call.params as MethodParams<'stream'>;
    const run = await this.runs.findHead(context.principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    const stream = this.streams.stream(run, after ?? 0, new Set(types), rpcEncoding(call.id));
    void reply.headers(SSE_HEADERS).send(stream);
  }
}

import { Injectable } from '@nestjs/common';
import type { Frame, MethodParams, MethodResult } from '@assent/contract';
import { runNotFound } from '@assent/engine';
import { FramePages } from '@assent/runs';
import type { CallContext, RpcHandler } from '../call.context';

const DEFAULT_LIMIT = 200;

@Injectable()
export class StreamHandler implements RpcHandler<'stream'> {
  constructor(private readonly pages: FramePages) {}

  async handle(params: MethodParams<'stream'>, context: CallContext): Promise<MethodResult<'stream'>> {
    const page = await this.pages.page(context.principal.tenantId, params.runId, {
      after: params.after ?? 0,
      types: new Set(params.types),
      limit: params.limit ?? DEFAULT_LIMIT,
      waitMs: params.waitMs ?? 0,
      signal: context.closed(),
    });
    if (!page) throw runNotFound(params.runId);
    const { lines, cursor, tail, done } = page;
    return { frames: lines.map((line) => JSON.parse(line.json) as Frame), cursor, tail, done };
  }
}

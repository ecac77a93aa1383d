import { Injectable } from '@nestjs/common';
import type { JsonObject, MethodParams, MethodResult } from '@assent/contract';
import { ToolsService } from '@assent/tools';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ToolCheckHandler implements RpcHandler<'tool/check'> {
  constructor(private readonly tools: ToolsService) {}

  handle(
    { args, ...question }: MethodParams<'tool/check'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'tool/check'>> {
    return this.tools.preview({ ...question, args: args as JsonObject }, principal);
  }
}

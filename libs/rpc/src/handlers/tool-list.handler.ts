import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import { ToolsService } from '@assent/tools';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ToolListHandler implements RpcHandler<'tool/list'> {
  constructor(private readonly tools: ToolsService) {}

  async handle(_: unknown, { principal }: CallContext): Promise<MethodResult<'tool/list'>> {
    return { items: await this.tools.list(principal), cursor: null };
  }
}

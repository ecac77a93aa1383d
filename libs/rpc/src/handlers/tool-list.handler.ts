import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import { ToolsService } from '@assent/tools';
import type { RpcHandler } from '../call.context';

@Injectable()
export class ToolListHandler implements RpcHandler<'tool/list'> {
  constructor(private readonly tools: ToolsService) {}

  handle(): Promise<MethodResult<'tool/list'>> {
    return Promise.resolve({ items: this.tools.list(), cursor: null });
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { MemoryService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryListHandler implements RpcHandler<'memory/list'> {
  constructor(private readonly memory: MemoryService) {}

  handle(filter: MethodParams<'memory/list'>, { principal }: CallContext): Promise<MethodResult<'memory/list'>> {
    return this.memory.list(principal.tenantId, filter);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { MemoryService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryGetHandler implements RpcHandler<'memory/get'> {
  constructor(private readonly memory: MemoryService) {}

  handle({ fragmentId }: MethodParams<'memory/get'>, { principal }: CallContext): Promise<MethodResult<'memory/get'>> {
    return this.memory.withHistory(principal.tenantId, fragmentId);
  }
}

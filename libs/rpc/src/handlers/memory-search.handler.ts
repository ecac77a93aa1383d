import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { MemoryService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemorySearchHandler implements RpcHandler<'memory/search'> {
  constructor(private readonly memory: MemoryService) {}

  async handle(
    { query, limit, agent }: MethodParams<'memory/search'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/search'>> {
    return {
      items: await this.memory.search({ tenantId: principal.tenantId, agent: agent ?? null }, query, limit),
      cursor: null,
    };
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { OptimizerService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryRunGetHandler implements RpcHandler<'memory/run/get'> {
  constructor(private readonly optimizer: OptimizerService) {}

  handle(
    { memoryRunId }: MethodParams<'memory/run/get'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/run/get'>> {
    return this.optimizer.get(principal.tenantId, memoryRunId);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { OptimizerService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryRunListHandler implements RpcHandler<'memory/run/list'> {
  constructor(private readonly optimizer: OptimizerService) {}

  handle(
    filter: MethodParams<'memory/run/list'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/run/list'>> {
    return this.optimizer.list(principal.tenantId, filter);
  }
}

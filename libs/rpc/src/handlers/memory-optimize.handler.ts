import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import { OptimizerService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryOptimizeHandler implements RpcHandler<'memory/optimize'> {
  constructor(private readonly optimizer: OptimizerService) {}

  handle(_: object, { principal }: CallContext): Promise<MethodResult<'memory/optimize'>> {
    return this.optimizer.demand(principal.tenantId, principal.subject);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { PlanService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryPlanListHandler implements RpcHandler<'memory/plan/list'> {
  constructor(private readonly plans: PlanService) {}

  handle(
    filter: MethodParams<'memory/plan/list'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/plan/list'>> {
    return this.plans.list(principal.tenantId, filter);
  }
}

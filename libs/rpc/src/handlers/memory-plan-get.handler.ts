import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { PlanService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryPlanGetHandler implements RpcHandler<'memory/plan/get'> {
  constructor(private readonly plans: PlanService) {}

  handle(
    { planId }: MethodParams<'memory/plan/get'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/plan/get'>> {
    return this.plans.get(principal.tenantId, planId);
  }
}

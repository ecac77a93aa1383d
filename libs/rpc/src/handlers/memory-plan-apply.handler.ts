import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { PlanService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryPlanApplyHandler implements RpcHandler<'memory/plan/apply'> {
  constructor(private readonly plans: PlanService) {}

  handle(
    plan: MethodParams<'memory/plan/apply'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/plan/apply'>> {
    const { tenantId, subject } = principal;
    return this.plans.apply({ tenantId, subject, origin: 'plan' }, plan);
  }
}

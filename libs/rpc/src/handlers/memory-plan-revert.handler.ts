import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { PlanService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryPlanRevertHandler implements RpcHandler<'memory/plan/revert'> {
  constructor(private readonly plans: PlanService) {}

  handle(
    { planId }: MethodParams<'memory/plan/revert'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/plan/revert'>> {
    const { tenantId, subject } = principal;
    return this.plans.revert({ tenantId, subject, origin: 'plan' }, planId);
  }
}

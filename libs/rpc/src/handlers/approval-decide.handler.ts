import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { DecisionService } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ApprovalDecideHandler implements RpcHandler<'approval/decide'> {
  constructor(private readonly decisions: DecisionService) {}

  handle(
    params: MethodParams<'approval/decide'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'approval/decide'>> {
    return this.decisions.decide(principal, params);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { DecisionService } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ApprovalReviseHandler implements RpcHandler<'approval/revise'> {
  constructor(private readonly decisions: DecisionService) {}

  handle(
    params: MethodParams<'approval/revise'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'approval/revise'>> {
    return this.decisions.revise(principal, params);
  }
}

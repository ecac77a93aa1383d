import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ApprovalPolicies } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ApprovalPolicySetHandler implements RpcHandler<'approval/policy/set'> {
  constructor(private readonly policies: ApprovalPolicies) {}

  handle(
    params: MethodParams<'approval/policy/set'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'approval/policy/set'>> {
    return this.policies.set(principal, params);
  }
}

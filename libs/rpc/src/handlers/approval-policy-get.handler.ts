import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import { ApprovalPolicies } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ApprovalPolicyGetHandler implements RpcHandler<'approval/policy/get'> {
  constructor(private readonly policies: ApprovalPolicies) {}

  handle(_: unknown, { principal }: CallContext): Promise<MethodResult<'approval/policy/get'>> {
    return this.policies.get(principal);
  }
}

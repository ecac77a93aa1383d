import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ToolPolicies } from '@assent/tools';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ToolPolicySetHandler implements RpcHandler<'tool/policy/set'> {
  constructor(private readonly policies: ToolPolicies) {}

  handle(
    policy: MethodParams<'tool/policy/set'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'tool/policy/set'>> {
    return this.policies.set(principal, policy);
  }
}

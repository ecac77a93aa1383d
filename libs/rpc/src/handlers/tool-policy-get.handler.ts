import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import { ToolPolicies } from '@assent/tools';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ToolPolicyGetHandler implements RpcHandler<'tool/policy/get'> {
  constructor(private readonly policies: ToolPolicies) {}

  handle(_: unknown, { principal }: CallContext): Promise<MethodResult<'tool/policy/get'>> {
    return this.policies.get(principal);
  }
}

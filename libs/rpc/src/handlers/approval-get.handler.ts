import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ApprovalService } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ApprovalGetHandler implements RpcHandler<'approval/get'> {
  constructor(private readonly approvals: ApprovalService) {}

  handle(
    { approvalId }: MethodParams<'approval/get'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'approval/get'>> {
    return this.approvals.get(principal, approvalId);
  }
}

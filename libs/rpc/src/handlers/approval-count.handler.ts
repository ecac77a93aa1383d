import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ApprovalService } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ApprovalCountHandler implements RpcHandler<'approval/count'> {
  constructor(private readonly approvals: ApprovalService) {}

  handle(params: MethodParams<'approval/count'>, { principal }: CallContext): Promise<MethodResult<'approval/count'>> {
    return this.approvals.count(principal, params);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ApprovalService } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ApprovalListHandler implements RpcHandler<'approval/list'> {
  constructor(private readonly approvals: ApprovalService) {}

  handle(params: MethodParams<'approval/list'>, { principal }: CallContext): Promise<MethodResult<'approval/list'>> {
    return this.approvals.list(principal, params);
  }
}

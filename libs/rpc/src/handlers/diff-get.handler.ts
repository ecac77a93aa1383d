import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ApprovalService } from '@assent/approvals';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class DiffGetHandler implements RpcHandler<'diff/get'> {
  constructor(private readonly approvals: ApprovalService) {}

  handle({ diffId }: MethodParams<'diff/get'>, { principal }: CallContext): Promise<MethodResult<'diff/get'>> {
    return this.approvals.diff(principal, diffId);
  }
}

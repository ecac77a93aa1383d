import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { CancelService } from '@assent/engine';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class RunCancelHandler implements RpcHandler<'run/cancel'> {
  constructor(private readonly cancels: CancelService) {}

  async handle(
    { runId, reason }: MethodParams<'run/cancel'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'run/cancel'>> {
    return { runId, state: await this.cancels.cancel(principal, runId, reason ?? null) };
  }
}

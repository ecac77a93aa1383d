import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { RunStarter } from '@assent/engine';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class StartHandler implements RpcHandler<'start'> {
  constructor(private readonly starter: RunStarter) {}

  handle(params: MethodParams<'start'>, context: CallContext): Promise<MethodResult<'start'>> {
    return this.starter.start(context.principal, params, context);
  }
}

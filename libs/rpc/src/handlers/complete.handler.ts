import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { CompleteService } from '@assent/engine';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class CompleteHandler implements RpcHandler<'complete'> {
  constructor(private readonly completes: CompleteService) {}

  handle(params: MethodParams<'complete'>, { principal }: CallContext): Promise<MethodResult<'complete'>> {
    return this.completes.complete(principal, params);
  }
}

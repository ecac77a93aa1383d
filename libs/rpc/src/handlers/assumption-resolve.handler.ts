import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ResolveService } from '@assent/engine';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class AssumptionResolveHandler implements RpcHandler<'assumption/resolve'> {
  constructor(private readonly resolves: ResolveService) {}

  handle(
    params: MethodParams<'assumption/resolve'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'assumption/resolve'>> {
    return this.resolves.resolve(principal, params);
  }
}

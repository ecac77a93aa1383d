import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { SearchSteps } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';
import { driverOf } from '../search.driver';

@Injectable()
export class SearchExpandHandler implements RpcHandler<'search/expand'> {
  constructor(private readonly steps: SearchSteps) {}

  handle(params: MethodParams<'search/expand'>, { principal }: CallContext): Promise<MethodResult<'search/expand'>> {
    return this.steps.expand(driverOf(principal, params.driver), params);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { SearchSteps } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';
import { driverOf } from '../search.driver';

@Injectable()
export class SearchCompareHandler implements RpcHandler<'search/compare'> {
  constructor(private readonly steps: SearchSteps) {}

  handle(params: MethodParams<'search/compare'>, { principal }: CallContext): Promise<MethodResult<'search/compare'>> {
    return this.steps.compare(driverOf(principal, params.driver), params);
  }
}

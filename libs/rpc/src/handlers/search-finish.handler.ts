import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { SearchService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';
import { driverOf } from '../search.driver';

@Injectable()
export class SearchFinishHandler implements RpcHandler<'search/finish'> {
  constructor(private readonly searches: SearchService) {}

  handle(params: MethodParams<'search/finish'>, { principal }: CallContext): Promise<MethodResult<'search/finish'>> {
    return this.searches.finish(driverOf(principal, params.driver), params);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { SearchService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';
import { driverOf } from '../search.driver';

@Injectable()
export class SearchSelectHandler implements RpcHandler<'search/select'> {
  constructor(private readonly searches: SearchService) {}

  handle(params: MethodParams<'search/select'>, { principal }: CallContext): Promise<MethodResult<'search/select'>> {
    return this.searches.select(driverOf(principal, params.driver), params);
  }
}

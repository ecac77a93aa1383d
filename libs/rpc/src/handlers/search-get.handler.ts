import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { SearchService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class SearchGetHandler implements RpcHandler<'search/get'> {
  constructor(private readonly searches: SearchService) {}

  handle(params: MethodParams<'search/get'>, { principal }: CallContext): Promise<MethodResult<'search/get'>> {
    return this.searches.get(principal.tenantId, params);
  }
}

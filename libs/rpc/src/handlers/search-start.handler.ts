import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { SearchService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class SearchStartHandler implements RpcHandler<'search/start'> {
  constructor(private readonly searches: SearchService) {}

  handle(params: MethodParams<'search/start'>, { principal }: CallContext): Promise<MethodResult<'search/start'>> {
    return this.searches.start(principal, params);
  }
}

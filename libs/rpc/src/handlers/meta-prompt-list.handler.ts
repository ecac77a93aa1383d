import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { MetaPromptService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MetaPromptListHandler implements RpcHandler<'meta_prompt/list'> {
  constructor(private readonly prompts: MetaPromptService) {}

  handle(
    filter: MethodParams<'meta_prompt/list'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'meta_prompt/list'>> {
    return this.prompts.list(principal.tenantId, filter);
  }
}

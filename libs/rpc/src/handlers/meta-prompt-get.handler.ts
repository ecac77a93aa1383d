import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { MetaPromptService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MetaPromptGetHandler implements RpcHandler<'meta_prompt/get'> {
  constructor(private readonly prompts: MetaPromptService) {}

  handle(
    { metaPromptId }: MethodParams<'meta_prompt/get'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'meta_prompt/get'>> {
    return this.prompts.get(principal.tenantId, metaPromptId);
  }
}

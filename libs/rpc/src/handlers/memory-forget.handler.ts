import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ForgetService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryForgetHandler implements RpcHandler<'memory/forget'> {
  constructor(private readonly memory: ForgetService) {}

  handle(
    { runId, subject }: MethodParams<'memory/forget'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/forget'>> {
    return this.memory.forget(principal.tenantId, principal.subject, { runId, subject });
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import { DriftService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryDriftClearHandler implements RpcHandler<'memory/drift/clear'> {
  constructor(private readonly drift: DriftService) {}

  handle(_: object, { principal }: CallContext): Promise<MethodResult<'memory/drift/clear'>> {
    return this.drift.clear(principal.tenantId, principal.subject);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import { DriftService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryDriftGetHandler implements RpcHandler<'memory/drift/get'> {
  constructor(private readonly drift: DriftService) {}

  handle(_: object, { principal }: CallContext): Promise<MethodResult<'memory/drift/get'>> {
    return this.drift.get(principal.tenantId);
  }
}

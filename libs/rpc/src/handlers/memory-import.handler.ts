import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ArchiveService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryImportHandler implements RpcHandler<'memory/import'> {
  constructor(private readonly archive: ArchiveService) {}

  handle(
    { planId, lines, activate }: MethodParams<'memory/import'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/import'>> {
    const { tenantId, subject } = principal;
    return this.archive.import(tenantId, subject, { planId, lines, activate: activate ?? false });
  }
}

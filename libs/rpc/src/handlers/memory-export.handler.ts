import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ArchiveService } from '@assent/memory';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class MemoryExportHandler implements RpcHandler<'memory/export'> {
  constructor(private readonly archive: ArchiveService) {}

  handle(
    { cursor, limit }: MethodParams<'memory/export'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'memory/export'>> {
    return this.archive.page(principal.tenantId, cursor, limit);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ToolTrust } from '@assent/tools';
import type { CallContext, RpcHandler } from '../call.context';

const DEFAULT_LIMIT = 20;

@Injectable()
export class ToolTrustListHandler implements RpcHandler<'tool/trust/list'> {
  constructor(private readonly trusted: ToolTrust) {}

  handle(
    { cursor, limit = DEFAULT_LIMIT }: MethodParams<'tool/trust/list'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'tool/trust/list'>> {
    return this.trusted.list(principal, cursor ?? null, limit);
  }
}

import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { ToolTrust } from '@assent/tools';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class ToolTrustHandler implements RpcHandler<'tool/trust'> {
  constructor(private readonly trusted: ToolTrust) {}

  handle({ id, hash }: MethodParams<'tool/trust'>, { principal }: CallContext): Promise<MethodResult<'tool/trust'>> {
    return this.trusted.trust(id, hash, principal);
  }
}

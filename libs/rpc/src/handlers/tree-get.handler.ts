import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import type { CallContext, RpcHandler } from '../call.context';
import { RunReader } from '../run.reader';

@Injectable()
export class TreeGetHandler implements RpcHandler<'tree/get'> {
  constructor(private readonly reader: RunReader) {}

  handle({ runId, step }: MethodParams<'tree/get'>, { principal }: CallContext): Promise<MethodResult<'tree/get'>> {
    return this.reader.tree(principal, runId, step ?? null);
  }
}

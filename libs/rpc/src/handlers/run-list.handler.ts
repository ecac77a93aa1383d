import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import type { CallContext, RpcHandler } from '../call.context';
import { RunReader } from '../run.reader';

@Injectable()
export class RunListHandler implements RpcHandler<'run/list'> {
  constructor(private readonly reader: RunReader) {}

  handle(params: MethodParams<'run/list'>, { principal }: CallContext): Promise<MethodResult<'run/list'>> {
    return this.reader.list(principal, params);
  }
}

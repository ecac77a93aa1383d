import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import type { CallContext, RpcHandler } from '../call.context';
import { RunReader } from '../run.reader';

@Injectable()
export class RunGetHandler implements RpcHandler<'run/get'> {
  constructor(private readonly reader: RunReader) {}

  handle({ runId }: MethodParams<'run/get'>, { principal }: CallContext): Promise<MethodResult<'run/get'>> {
    return this.reader.get(principal, runId);
  }
}

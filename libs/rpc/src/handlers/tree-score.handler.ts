import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { PlannerService } from '@assent/planner';
import type { CallContext, RpcHandler } from '../call.context';
import { RunReader } from '../run.reader';

@Injectable()
export class TreeScoreHandler implements RpcHandler<'tree/score'> {
  constructor(
    private readonly planner: PlannerService,
    private readonly reader: RunReader,
  ) {}

  async handle(
    { runId, step, ...input }: MethodParams<'tree/score'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'tree/score'>> {
    if (runId === undefined) return this.planner.score(input);
    const tree = await this.reader.tree(principal, runId, step ?? null);
    return this.planner.score({ tree, ...(input.params === undefined ? {} : { params: input.params }) });
  }
}

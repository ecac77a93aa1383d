import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@assent/contract';
import { DiffRepository } from '@assent/approvals';
import { TreeRepository } from '@assent/planner';
import { ToolCallRepository, type ToolCallRecord } from '@assent/tools';
import type { Work } from '../work';

/** A call as it is to be made now. */
export type StepCall = ToolCallRecord & {
  /** A reviewer has changed what it does. */
  readonly revised?: boolean;
};

/** The call of a step, with the arguments that were decided on: the row in `tool_calls` has them as they may be shown. */
@Injectable()
export class StepCalls {
  constructor(
    private readonly calls: ToolCallRepository,
    private readonly trees: TreeRepository,
    private readonly diffs: DiffRepository,
  ) {}

  /** From the work, or from the store: after another replica has begun the step, and after a review. */
  async find({ run, call, plan }: Pick<Work, 'run' | 'call' | 'plan'>): Promise<StepCall | undefined> {
    if (call) return call;
    const [stored, revision] = await Promise.all([
      this.calls.findOfStep(run.id, run.step),
      this.diffs.revisedOfStep(run.id, run.step),
    ]);
    if (!stored) return undefined;
    const revised = revision !== undefined;
    if (revision?.args) return { ...stored, args: revision.args, revised };
    const tree = plan?.tree ?? (await this.trees.find(run.tenantId, run.id, run.step));
    const action = tree?.actions.find(({ id, tool }) => id === stored.actionId && tool === stored.tool);
    return action ? { ...stored, args: (action.args ?? {}) as JsonObject, revised } : { ...stored, revised };
  }
}

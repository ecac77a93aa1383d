import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@assent/contract';
import { TreeRepository } from '@assent/planner';
import { ToolCallRepository, type ToolCallRecord } from '@assent/tools';
import type { Work } from '../work';

/** The call of a step, with the arguments that were decided on: the row in `tool_calls` has them as they may be shown. */
@Injectable()
export class StepCalls {
  constructor(
    private readonly calls: ToolCallRepository,
    private readonly trees: TreeRepository,
  ) {}

  /** From the work, or from the store after another replica has begun the step. */
  async find({ run, call, plan }: Pick<Work, 'run' | 'call' | 'plan'>): Promise<ToolCallRecord | undefined> {
    if (call) return call;
    const stored = await this.calls.findOfStep(run.id, run.step);
    if (!stored) return undefined;
    const tree = plan?.tree ?? (await this.trees.find(run.tenantId, run.id, run.step));
    const action = tree?.actions.find(({ id, tool }) => id === stored.actionId && tool === stored.tool);
    return action ? { ...stored, args: (action.args ?? {}) as JsonObject } : stored;
  }
}

import { Injectable } from '@nestjs/common';
import type { RankedFragment, StartParams } from '@assent/contract';
import { newId } from '@assent/platform';
import { PlannerService, type Plan } from '@assent/planner';
import type { Work } from '../work';
import { ModelSteps } from './model.steps';
import { NextPlans } from './next.plans';
import { Recalibrations } from './recalibrations';

/** Plans runs whose trace or beliefs came with `start`: the first tree, and the same again with what is known since. */
@Injectable()
export class CallerPlans {
  constructor(
    private readonly planner: PlannerService,
    private readonly models: ModelSteps,
    private readonly recalibrations: Recalibrations,
    private readonly next: NextPlans,
  ) {}

  /** @returns null when every action was a question, and all were asked */
  async plan(work: Work, params: StartParams, recalled: readonly RankedFragment[]): Promise<Plan | null> {
    return work.run.step === 1 ? this.first(work, params, recalled) : this.next.plan(work.run);
  }

  private async first(work: Work, params: StartParams, recalled: readonly RankedFragment[]): Promise<Plan> {
    if (params.beliefs === undefined && this.models.isConfigured) return this.models.compose(work, params, recalled);
    return this.planner.plan({
      treeId: `tree_${newId()}`,
      goal: params.goal,
      actions: params.actions ?? [],
      ...(params.context === undefined ? {} : { context: params.context }),
      ...(params.trace === undefined ? {} : { trace: params.trace }),
      ...(params.beliefs === undefined ? {} : { beliefs: params.beliefs }),
      ...(params.params === undefined ? {} : { params: params.params }),
      ...(params.calibration === undefined ? {} : await this.recalibrations.of(work.run.tenantId, params)),
    });
  }
}

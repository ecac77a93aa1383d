import { Injectable } from '@nestjs/common';
import type { StartParams } from '@assent/contract';
import { PriorService } from '@assent/memory';
import type { CalibrationMap, Experience } from '@assent/planner';
import type { RunHead } from '@assent/runs';
import { Recalibrations } from './recalibrations';

/** Planner inputs learned from earlier runs: recalibration and experience. */
@Injectable()
export class PlannerInputs {
  constructor(
    private readonly recalibrations: Recalibrations,
    private readonly priors: PriorService,
  ) {}

  /** Inputs for a request to the planner; empty for a run that wants neither. */
  async of(run: RunHead, params: StartParams): Promise<{ recalibration?: CalibrationMap; experience?: Experience }> {
    const experience = this.experienceOf(run, params);
    return {
      ...(await this.recalibrations.of(run.tenantId, params)),
      ...(experience ? { experience } : {}),
    };
  }

  private experienceOf({ tenantId, workspace }: RunHead, params: StartParams): Experience | undefined {
    const { memory, learning, goal, family } = params;
    if (memory === false || learning === 'off') return undefined;
    const scope = { tenantId, workspace };
    return {
      ...(learning === undefined ? {} : { mode: learning }),
      outcomes: (statements) => this.priors.outcomes(scope, { goal, family }, statements),
    };
  }
}

import { Injectable } from '@nestjs/common';
import { AssentError, type JsonObject, type StartParams } from '@assent/contract';
import { StepRepository, isReadsOutcome } from '@assent/planner';
import { Config } from '@assent/platform';
import type { RunHead } from '@assent/runs';

/** Limits the steps of model-planned runs. */
@Injectable()
export class StepLimits {
  constructor(
    private readonly steps: StepRepository,
    private readonly config: Config,
  ) {}

  maxSteps({ maxSteps }: StartParams): number {
    return Math.min(maxSteps ?? Infinity, this.config.env.MAX_STEPS);
  }

  /** Number of consecutive failed steps at the end of the run. */
  async failuresInARow({ id }: RunHead): Promise<number> {
    const steps = await this.steps.ofRun(id);
    const last = steps.findLastIndex(({ outcome }) => !hasFailed(outcome));
    return steps.length - 1 - last;
  }
}

/** Whether a step failed. A turn of reads fails only if all of its reads fail. */
function hasFailed(outcome: JsonObject): boolean {
  if (!isReadsOutcome(outcome)) return outcome['kind'] === 'error';
  return outcome.reads.every((read) => read.outcome['kind'] === 'error');
}

/** The error for a run that may take no further step. */
export function outOfSteps(runId: string, maxSteps: number): AssentError {
  return new AssentError(
    'budget_exhausted',
    `Run ${runId} has taken all of its ${maxSteps} steps without finishing: raise maxSteps or MAX_STEPS, or narrow the goal.`,
  );
}

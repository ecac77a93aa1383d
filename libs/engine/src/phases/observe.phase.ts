import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { ApprovalRepository } from '@assent/approvals';
import { conclude, type StepOutcome } from '../run.machine';
import type { PhaseResult, RunPhase, Work } from '../work';

/** Looks at how the step ended and concludes the run. */
@Injectable()
export class ObservePhase implements RunPhase {
  constructor(private readonly approvals: ApprovalRepository) {}

  async run(work: Work): Promise<PhaseResult> {
    const { step } = work.run;
    const outcome = work.outcome ?? (await this.withoutAssent(work));
    const ending: NewFrame =
      outcome.kind === 'result'
        ? frame('run.completed', step, { result: outcome.result })
        : frame('run.failed', step, { error: outcome.error });
    return { frames: [ending], writes: [], next: conclude(step, outcome), settle: true };
  }

  /** The step ended while nobody worked on it: a person said no, or nobody said anything in time. */
  private async withoutAssent(work: Work): Promise<StepOutcome> {
    const approval = await this.approvals.findOfStep(work.run.id, work.run.step);
    if (approval?.state === 'rejected') {
      return { kind: 'result', result: { kind: 'rejected', actionId: approval.actionId, diffId: approval.diffId } };
    }
    if (approval?.state === 'expired') {
      const message = `Nobody decided approval ${approval.id} before ${approval.expiresAt.toISOString()}: start the run again.`;
      return { kind: 'error', error: { reason: 'gone', message } };
    }
    throw new Error(`run ${work.run.id} is to observe a step that has not ended`);
  }
}

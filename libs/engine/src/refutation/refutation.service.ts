import { Injectable } from '@nestjs/common';
import { ApprovalRepository, VoidService } from '@assent/approvals';
import { insertResolutions, insertStep, stepActionOf } from '@assent/planner';
import { RunCommits, holdTold } from '@assent/runs';
import { QuestionVoider } from '../questions/question.voider';
import { WaitingRuns, type Consequence, type Finding } from './waiting.runs';

/**
 * Tells a waiting run what is known by now: its tree is scored again, and what it waits for is taken back when that rested
 * on the opposite. A run that knows it already is not told twice.
 */
@Injectable()
export class RefutationService {
  constructor(
    private readonly waiting: WaitingRuns,
    private readonly approvals: ApprovalRepository,
    private readonly voids: VoidService,
    private readonly questions: QuestionVoider,
    private readonly commits: RunCommits,
  ) {}

  /** @returns whether the run was told; false: it does not wait, does not assume it, knows it, or has just moved on */
  async tell(tenantId: string, runId: string, finding: Finding): Promise<boolean> {
    const consequence = await this.waiting.consider(tenantId, runId, finding);
    if (!consequence) return false;
    const { run, resolution, frames, action } = consequence;
    const { step } = run;
    const writes = [insertResolutions([resolution], finding.source, finding.actor)];
    const reason = reasonOf(consequence, finding);
    const ended = insertStep({ step, action: stepActionOf(action), outcome: { kind: 'voided', reason } });
    if (run.waitingFor === 'approval' && consequence.refutes) {
      const approval = await this.approvals.findOfStep(run.id, run.step);
      if (approval?.state !== 'pending') return false;
      const told = { reason, actor: finding.actor, frames, writes: [...writes, ended] };
      return (await this.voids.void(approval, told)) !== null;
    }
    if (run.waitingFor === 'input' && !finding.byModel) {
      const voided = await this.questions.void(consequence, finding.actor, [...writes, ended]);
      if (voided !== null) return voided;
    }
    // What a person was asked about, a model elsewhere does not settle.
    if (run.waitingFor === 'input' && finding.byModel) return false;
    const told = await this.commits.commit({
      hold: holdTold(tenantId, runId, ['waiting'], frames.length),
      writes,
      frames,
    });
    return told !== null;
  }
}

function reasonOf({ assumption, resolution }: Consequence, { actor }: Finding): string {
  const truth = resolution.truth ? 'true' : 'false';
  return `The chosen path rested on the opposite of what is known now: "${assumption.text}" is ${truth} (${actor}).`;
}

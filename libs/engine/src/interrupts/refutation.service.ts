import { Injectable } from '@nestjs/common';
import { ApprovalRepository, VoidService } from '@assent/approvals';
import { insertStep, stepActionOf } from '@assent/planner';
import { RunCommits, appendFramesOnly } from '@assent/runs';
import { storeResolutions } from '../step/resolution.writes';
import { QuestionVoider } from './question.voider';
import { WaitingRuns, type Consequence, type Finding } from './waiting.runs';

/**
 * Applies a finding to a waiting run: scores its tree again, and voids its pending request when the choice no longer
 * holds. A finding that the run already has changes nothing.
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

  /** @returns whether the run has changed; false when it does not wait, lacks the assumption, has the finding, or has just moved on */
  async apply(tenantId: string, runId: string, finding: Finding): Promise<boolean> {
    const consequence = await this.waiting.consider(tenantId, runId, finding);
    if (!consequence) return false;
    const { run, resolution, frames, action } = consequence;
    const { step } = run;
    const writes = storeResolutions([resolution], finding.source, finding.actor);
    const reason = reasonOf(consequence, finding);
    const ended = insertStep({ step, action: stepActionOf(action), outcome: { kind: 'voided', reason } });
    if (run.waitingFor === 'approval' && consequence.refutes) {
      const approval = await this.approvals.findOfStep(run.id, run.step);
      if (approval?.state !== 'pending') return false;
      const voiding = {
        reason,
        actor: finding.actor,
        frames,
        writes: [...writes, ended],
        resumed: 'refutation' as const,
      };
      return (await this.voids.void(approval, voiding)) !== null;
    }
    if (run.waitingFor === 'input') {
      // A model's observation in another run does not answer a person's question.
      if (finding.byModel) return false;
      const voided = await this.questions.void(consequence, finding.actor, [...writes, ended]);
      if (voided !== null) return voided;
    }
    const changed = await this.commits.commit({
      runId,
      run: appendFramesOnly(tenantId, runId, ['waiting'], frames.length),
      writes,
      frames,
    });
    return changed !== null;
  }
}

function reasonOf({ assumption, resolution, action, next }: Consequence, { actor }: Finding): string {
  const fact = `"${assumption.text}" is ${resolution.truth ? 'true' : 'false'} (${actor})`;
  if (next.id === action.id) return `The choice rests on the opposite of what is known now: ${fact}.`;
  return `What is known now changes the choice from "${action.label}" to "${next.label}": ${fact}.`;
}

import { Injectable } from '@nestjs/common';
import { AssentError, type GuardDecision } from '@assent/contract';
import { ApprovalRepository } from '@assent/approvals';
import { ToolsService } from '@assent/tools';
import { RunFacts } from '../planning/run.facts';
import type { StepDiff, Work } from '../work';
import { callerOf, isTainted } from './step.caller';
import { StepCalls } from './step.calls';

const CHANGED = 'default.changed';

/** Looks at a call once more right before its effect: rules, tools and their schemas may have changed since it was approved. */
@Injectable()
export class ApprovedCheck {
  constructor(
    private readonly tools: ToolsService,
    private readonly calls: StepCalls,
    private readonly facts: RunFacts,
    private readonly approvals: ApprovalRepository,
  ) {}

  /** What stands against it now; null: nothing, so what was approved holds. */
  async objection(work: Work, diff: StepDiff): Promise<GuardDecision | null> {
    const [call, params, foreign] = await Promise.all([
      this.calls.find(work),
      this.facts.params(work),
      this.foreign(work, diff),
    ]);
    if (foreign) return foreign;
    if (!call) throw new Error(`run ${work.run.id} is to apply a call that was never stored`);
    const tools = this.tools.forClient(params.clientTools);
    try {
      tools.check(call);
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      return { verdict: 'deny', rule: CHANGED, reason: thrown.message };
    }
    // The call is one of those that the run has made already, so its budget is not asked again.
    const decide = await tools.decider(callerOf(work, isTainted(params, call)), null, params.policy);
    const decision = decide(call);
    const byPolicyAlone = call.verdict === 'allow';
    return decision.verdict === 'deny' || (decision.verdict === 'ask' && byPolicyAlone) ? decision : null;
  }

  /** Assent holds for the bytes that it was given for. What stands here after it, by whatever way, is something else. */
  private async foreign({ run }: Work, { id, hash }: StepDiff): Promise<GuardDecision | null> {
    const approval = await this.approvals.findOfStep(run.id, run.step);
    const isMeant =
      approval?.state === 'approved' &&
      approval.diffId === id &&
      [approval.hash, approval.decidedHash ?? approval.hash].every((assented) => assented === hash);
    if (isMeant) return null;
    const what = approval
      ? `approval ${approval.id} is about the content ${approval.decidedHash ?? approval.hash}`
      : 'there is no approval of it';
    return { verdict: 'deny', rule: CHANGED, reason: `Diff ${id} has the content ${hash}, and ${what}.` };
  }
}

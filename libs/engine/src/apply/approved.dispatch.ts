import { Injectable } from '@nestjs/common';
import { AssentError, frame, type GuardDecision } from '@assent/contract';
import { moveDiff } from '@assent/approvals';
import { ToolsService, wasNotAttempted } from '@assent/tools';
import { ClientCaller } from '../interrupts/client.caller';
import type { PhaseResult } from '../step/phase';
import type { StepContext, StepDiff } from '../step/step.context';
import { DiffOutcomes, diffAudit } from './diff.outcomes';

/** Rule id of the objection to a call that has changed since its approval. */
const CHANGED = 'default.changed';

/** Claims an approved diff for its effect, if the call is still allowed. */
@Injectable()
export class ApprovedDispatch {
  constructor(
    private readonly tools: ToolsService,
    private readonly clients: ClientCaller,
    private readonly outcomes: DiffOutcomes,
  ) {}

  /**
   * Claims the dispatch in a separate commit, after the decision and before the effect, so that a crash in between is
   * recognised. The audit row is in the same commit, so nothing is applied without an audit row.
   */
  async begin(context: StepContext, diff: StepDiff): Promise<PhaseResult> {
    const objection = await this.objection(context, diff);
    if (objection) return this.outcomes.refused(context, diff, objection);
    const writes = [moveDiff(diff.id, 'approved', 'applying'), diffAudit('diff.dispatch', diff, { tool: diff.tool })];
    const called = await this.callClient(context, diff);
    if (called) return { ...called, writes: [...writes, ...called.writes] };
    return {
      frames: [frame('tool.started', context.run.step, { callId: diff.callId, tool: diff.tool })],
      writes,
      next: { kind: 'dispatched' },
      carry: { diff: { ...diff, state: 'applying', dispatchedHere: true } },
    };
  }

  /**
   * Why the approved call must not be made now, because rules, tools or schemas have changed since its approval; null: it
   * may be made. @throws AssentError while the tool is unavailable
   */
  async objection(context: StepContext, diff: StepDiff): Promise<GuardDecision | null> {
    const [call, params, mismatch] = await Promise.all([
      context.call(),
      context.params(),
      this.approvalMismatch(context, diff),
    ]);
    if (mismatch) return mismatch;
    if (!call) throw new Error(`run ${context.run.id} is to apply a call that was never stored`);
    const tools = await context.tools();
    try {
      tools.check(call);
    } catch (thrown) {
      // An unavailable server says nothing about its tool: the approval stays valid and the call waits.
      if (!(thrown instanceof AssentError) || wasNotAttempted(thrown)) throw thrown;
      return { verdict: 'deny', rule: CHANGED, reason: thrown.message };
    }
    // The call already counts against the budget, so it does not count again.
    const decide = await tools.decider(context.caller(await context.isTainted(call)), null, params.policy);
    const decision = decide(call);
    const byPolicyAlone = call.verdict === 'allow';
    return decision.verdict === 'deny' || (decision.verdict === 'ask' && byPolicyAlone) ? decision : null;
  }

  /** An approval covers only the bytes it was given for. Refuses a diff with any other content, regardless of its origin. */
  private async approvalMismatch(context: StepContext, { id, hash }: StepDiff): Promise<GuardDecision | null> {
    const approval = await context.approval();
    const matches =
      approval?.state === 'approved' &&
      approval.diffId === id &&
      [approval.hash, approval.decidedHash ?? approval.hash].every((approved) => approved === hash);
    if (matches) return null;
    const what = approval
      ? `approval ${approval.id} is about the content ${approval.decidedHash ?? approval.hash}`
      : 'there is no approval of it';
    return { verdict: 'deny', rule: CHANGED, reason: `Diff ${id} has the content ${hash}, and ${what}.` };
  }

  /** Null for a tool of the server, and for content that differs from the approved bytes, which the effect itself refuses. */
  private async callClient(context: StepContext, diff: StepDiff): Promise<PhaseResult | null> {
    const tool = await context.clientTool(diff.tool);
    if (!tool) return null;
    const call = await context.call();
    if (!call) throw new Error(`run ${context.run.id} is to make a call that was never stored`);
    const approved = this.tools.approvedCall(diff.content, diff.hash);
    if (approved?.tool !== diff.tool) return null;
    return this.clients.call(context, { ...call, ...approved }, tool, diff.id);
  }
}

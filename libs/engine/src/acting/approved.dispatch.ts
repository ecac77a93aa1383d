import { Injectable } from '@nestjs/common';
import { frame, type GuardDecision } from '@assent/contract';
import { moveDiff } from '@assent/approvals';
import { ClientDispatch } from '../client-tools/client.dispatch';
import { dispatchAudit } from '../dispatch.audit';
import { transition } from '../run.machine';
import type { PhaseResult, StepDiff, Work } from '../work';
import { ApprovedCheck } from './approved.check';
import { DiffEnds } from './diff.ends';

/** Tools that the client of a run hosts. */
const CLIENT = 'client.';

/** Takes an approved diff to where its effect begins, if it is still allowed. */
@Injectable()
export class ApprovedDispatch {
  constructor(
    private readonly check: ApprovedCheck,
    private readonly clients: ClientDispatch,
    private readonly ends: DiffEnds,
  ) {}

  async begin(work: Work, diff: StepDiff): Promise<PhaseResult> {
    const objection = await this.check.objection(work, diff);
    if (objection) return this.ends.refused(work, diff, objection);
    return (diff.tool.startsWith(CLIENT) ? await this.clients.dispatch(work, diff) : null) ?? claim(work, diff);
  }

  /** What stands against beginning it again after an attempt that was cut off; null: nothing. */
  objection(work: Work, diff: StepDiff): Promise<GuardDecision | null> {
    return this.check.objection(work, diff);
  }
}

/**
 * Claims the dispatch, apart from the decision and before the effect, so that a crash between is seen for what it is. Its
 * audit row commits before the effect: where none can be written, nothing is applied.
 */
function claim(work: Work, diff: StepDiff): PhaseResult {
  const { step } = work.run;
  work.diff = { ...diff, state: 'applying', dispatchedHere: true };
  return {
    frames: [frame('tool.started', step, { callId: diff.callId, tool: diff.tool })],
    writes: [moveDiff(diff.id, 'approved', 'applying'), dispatchAudit(diff)],
    next: transition(step, { kind: 'dispatched' }),
    settle: true,
  };
}

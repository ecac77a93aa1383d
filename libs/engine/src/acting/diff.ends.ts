import { Injectable } from '@nestjs/common';
import { frame, type GuardDecision, type NewFrame, type RunError } from '@assent/contract';
import { ApprovalRepository, endApprovals, moveDiff, recordAudit } from '@assent/approvals';
import { ToolsService, endToolCall, type Applied } from '@assent/tools';
import { StaleOffers } from '../approving/stale.offers';
import { transition, type StepOutcome } from '../run.machine';
import type { PhaseResult, StepDiff, Work } from '../work';

export const APPLY_ACTOR = 'system:apply';
/** Of what is different, in a message; a page of text. */
const DIFFERENCE_MAX_CHARS = 2_000;

/** The ways in which an approved diff does not come to be applied; each has its frames and its row in the audit. */
@Injectable()
export class DiffEnds {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly offers: StaleOffers,
    private readonly tools: ToolsService,
  ) {}

  /** It is about another state than what is there. Nothing was done; what fits now is offered, if there is anything. */
  async stale(work: Work, diff: StepDiff, applied: Applied): Promise<PhaseResult> {
    const offered = await this.offers.offer(work, diff, applied);
    if (offered) return offered;
    const error = { reason: 'stale', message: staleMessage(diff.id, applied) };
    const files = applied.files.map(({ path, state }) => ({ path, state }));
    return {
      ...endedStep(work, { kind: 'error', error }),
      frames: [
        frame('diff.stale', work.run.step, { diffId: diff.id, hash: diff.hash, files: [...applied.files] }),
        ...(await this.told(work, diff, 'its base has changed', error)),
      ],
      writes: [
        moveDiff(diff.id, 'applying', 'stale'),
        endApprovals('voided', 'approved'),
        endToolCall(diff.callId, 'failed', error),
        audited(diff, 'diff.stale', { files }),
      ],
    };
  }

  /** It could not be applied, and nothing was done. */
  async failed(work: Work, diff: StepDiff, error: RunError): Promise<PhaseResult> {
    return {
      ...endedStep(work, { kind: 'error', error }),
      frames: await this.told(work, diff, error.message, error),
      writes: [
        moveDiff(diff.id, 'applying', 'voided'),
        endApprovals('voided', 'approved'),
        endToolCall(diff.callId, 'failed', error),
        audited(diff, 'diff.fail', { tool: diff.tool, reason: error.reason, why: error.message }),
      ],
    };
  }

  /** What was approved is not allowed any more. Nothing was done. */
  async refused(work: Work, diff: StepDiff, decision: GuardDecision): Promise<PhaseResult> {
    const { step } = work.run;
    const { id: diffId, callId, tool } = diff;
    const error = { reason: 'forbidden', message: refusedMessage(diff, decision) };
    return {
      ...endedStep(work, { kind: 'error', error }),
      frames: [
        frame('tool.guarded', step, { callId, tool, ...decision, breaker: this.tools.breakerOf(tool) }),
        ...(await this.told(work, diff, error.message, error)),
      ],
      writes: [
        moveDiff(diffId, 'approved', 'voided'),
        endApprovals('voided', 'approved'),
        endToolCall(callId, 'failed', error),
        audited(diff, 'diff.refuse', { tool, ...decision }),
      ],
    };
  }

  /** It may have happened or not, and must not happen twice. The diff stays as it is, for a person to look at. */
  async unknown(work: Work, diff: StepDiff, targets: readonly string[], why: string): Promise<PhaseResult> {
    const { tool } = diff;
    const message = `The outcome of ${tool} is unknown (${why}): look at ${targets.join(', ')}, then start again.`;
    const error: RunError = { reason: 'outcome_unknown', message };
    return {
      ...endedStep(work, { kind: 'error', error }),
      frames: await this.told(work, diff, message, error),
      writes: [
        endApprovals('voided', 'approved'),
        endToolCall(diff.callId, 'failed', error),
        audited(diff, 'diff.unknown', { tool, targets, why }),
      ],
    };
  }

  /** The approval of a diff that cannot be applied holds no longer. */
  private async told(work: Work, { callId, tool }: StepDiff, reason: string, error: RunError): Promise<NewFrame[]> {
    const { id, step } = work.run;
    const approval = await this.approvals.findOfStep(id, step);
    return [
      ...(approval ? [frame('approval.voided', step, { approvalId: approval.id, reason })] : []),
      frame('tool.failed', step, { callId, tool, error, breaker: this.tools.breakerOf(tool) }),
    ];
  }
}

export function endedStep(work: Work, outcome: StepOutcome): PhaseResult {
  work.outcome = outcome;
  return { frames: [], writes: [], next: transition(work.run.step, { kind: 'ended' }), settle: false };
}

function audited(
  { id: subjectId, hash }: StepDiff,
  action: 'diff.stale' | 'diff.fail' | 'diff.refuse' | 'diff.unknown',
  detail: Readonly<Record<string, unknown>>,
) {
  return recordAudit({ actor: APPLY_ACTOR, subjectType: 'diff', subjectId, hash, action, detail });
}

function refusedMessage({ id, tool }: StepDiff, { verdict, rule, reason }: GuardDecision): string {
  const now = verdict === 'ask' ? `asks a person about ${tool} now` : `denies ${tool} now`;
  return `The policy ${now} (rule ${rule}): ${reason} Diff ${id} was approved before that, and nothing was done. Start again if it is still wanted.`;
}

function staleMessage(diffId: string, { files, output }: Applied): string {
  if (output) {
    const differs = JSON.stringify(output).slice(0, DIFFERENCE_MAX_CHARS).toWellFormed();
    return `Diff ${diffId} would not do any more what was approved, so nothing was done. Different now: ${differs}. Start again to get a fresh diff.`;
  }
  const paths = files.map(({ path }) => path).join(', ');
  const done = files.filter(({ state }) => state === 'result').map(({ path }) => path);
  const written =
    done.length === 0 ? 'nothing was written' : `${done.join(', ')} had its content already, nothing else was written`;
  return `Diff ${diffId} was made for another content of ${paths}: ${written}. Start again to get a fresh diff.`;
}

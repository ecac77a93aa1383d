import { Injectable } from '@nestjs/common';
import { frame, type GuardDecision, type NewFrame, type RunError } from '@assent/contract';
import { VoidService, moveDiff } from '@assent/approvals';
import { recordAudit } from '@assent/audit';
import type { RunPart } from '@assent/platform';
import { ToolsService, endToolCall, type Applied } from '@assent/tools';
import { ended, type PhaseResult } from '../step/phase';
import type { StepContext, StepDiff } from '../step/step.context';

const APPLY_ACTOR = 'system:apply';
/** Maximum length of the difference quoted in a message: a page of text. */
const DIFFERENCE_MAX_CHARS = 2_000;

/** Ends an approved diff that is not applied, with frames and audit rows. */
@Injectable()
export class DiffOutcomes {
  constructor(
    private readonly voids: VoidService,
    private readonly tools: ToolsService,
  ) {}

  /** The base of the diff has changed, and nothing was done. */
  async stale(context: StepContext, diff: StepDiff, applied: Applied): Promise<PhaseResult> {
    const { id: diffId, hash } = diff;
    const error = { reason: 'stale', message: staleMessage(diffId, applied) };
    const files = applied.files.map(({ path, state }) => ({ path, state }));
    return this.unapplied(context, diff, error, {
      first: [frame('diff.stale', context.run.step, { diffId, hash, files: [...applied.files] })],
      reason: 'its base has changed',
      writes: [moveDiff(diffId, 'applying', 'stale'), diffAudit('diff.stale', diff, { files })],
    });
  }

  /** The diff could not be applied, and nothing was done. */
  failed(context: StepContext, diff: StepDiff, error: RunError): Promise<PhaseResult> {
    const detail = { tool: diff.tool, reason: error.reason, why: error.message };
    return this.unapplied(context, diff, error, {
      writes: [moveDiff(diff.id, 'applying', 'voided'), diffAudit('diff.fail', diff, detail)],
    });
  }

  /** The approved call is no longer allowed. Nothing was done. */
  refused(context: StepContext, diff: StepDiff, decision: GuardDecision): Promise<PhaseResult> {
    const { id: diffId, callId, tool } = diff;
    const error = { reason: 'forbidden', message: refusedMessage(diff, decision) };
    const breaker = this.tools.breakerOf(tool);
    return this.unapplied(context, diff, error, {
      first: [frame('tool.guarded', context.run.step, { callId, tool, ...decision, breaker })],
      writes: [moveDiff(diffId, 'approved', 'voided'), diffAudit('diff.refuse', diff, { tool, ...decision })],
    });
  }

  /** The effect may have happened and must not happen twice. The diff stays `applying`, for a person to check. */
  unknown(context: StepContext, diff: StepDiff, targets: readonly string[], why: string): Promise<PhaseResult> {
    const { tool } = diff;
    const message = `The outcome of ${tool} is unknown (${why}): look at ${targets.join(', ')}, then start again.`;
    return this.unapplied(
      context,
      diff,
      { reason: 'outcome_unknown', message },
      { writes: [diffAudit('diff.unknown', diff, { tool, targets, why })] },
    );
  }

  /** Voids the approval of a diff that is not applied, and fails its call. */
  private async unapplied(
    { run }: StepContext,
    { callId, tool }: StepDiff,
    error: RunError,
    { first = [], reason = error.message, writes }: { first?: NewFrame[]; reason?: string; writes: readonly RunPart[] },
  ): Promise<PhaseResult> {
    const voided = await this.voids.approved(run, reason);
    return ended(
      { kind: 'error', error },
      {
        frames: [
          ...first,
          ...voided.frames,
          frame('tool.failed', run.step, { callId, tool, error, breaker: this.tools.breakerOf(tool) }),
        ],
        writes: [...writes, ...voided.writes, endToolCall(callId, 'failed', error)],
      },
    );
  }
}

/** The effect has not begun: the diff becomes approved again, and is dispatched when the run goes on. */
export function withdrawDispatch(diff: Pick<StepDiff, 'id' | 'hash' | 'tool'>, why: string): RunPart[] {
  return [moveDiff(diff.id, 'applying', 'approved'), diffAudit('diff.postpone', diff, { tool: diff.tool, why })];
}

/** The audit row for a state change of a diff. A dispatch row MUST commit before the effect begins. */
export function diffAudit(
  action: `diff.${'dispatch' | 'postpone' | 'apply' | 'stale' | 'fail' | 'refuse' | 'unknown'}`,
  { id: subjectId, hash }: Pick<StepDiff, 'id' | 'hash'>,
  detail: Readonly<Record<string, unknown>>,
): RunPart {
  return recordAudit({ action, actor: APPLY_ACTOR, subjectType: 'diff', subjectId, hash, detail });
}

function refusedMessage({ id, tool }: StepDiff, { verdict, rule, reason }: GuardDecision): string {
  const now = verdict === 'ask' ? `requires approval for ${tool} now` : `denies ${tool} now`;
  return `The policy ${now} (rule ${rule}): ${reason} Diff ${id} was approved before that, and nothing was done. Start again if it is still wanted.`;
}

function staleMessage(diffId: string, { files, output }: Applied): string {
  if (output) {
    const differs = JSON.stringify(output).slice(0, DIFFERENCE_MAX_CHARS).toWellFormed();
    return `Diff ${diffId} would no longer do what was approved, so nothing was done. Different now: ${differs}. Start again to get a fresh diff.`;
  }
  const paths = files.map(({ path }) => path).join(', ');
  const done = files.filter(({ state }) => state === 'result').map(({ path }) => path);
  const written =
    done.length === 0 ? 'nothing was written' : `${done.join(', ')} had its content already, nothing else was written`;
  return `Diff ${diffId} was made for another content of ${paths}: ${written}. Start again to get a fresh diff.`;
}

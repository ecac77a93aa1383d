import { Injectable } from '@nestjs/common';
import { AssentError, frame, toAssentError, type NewFrame, type RunError } from '@assent/contract';
import { ApprovalRepository, DiffRepository, endApprovals, moveDiff, recordAudit } from '@assent/approvals';
import { ToolMetrics, ToolsService, endToolCall } from '@assent/tools';
import { transition, type StepOutcome } from '../run.machine';
import type { PhaseResult, RunPhase, StepDiff, Work } from '../work';

const ACTOR = 'system:apply';

/** Applies exactly the approved bytes, on exactly their base, once. */
@Injectable()
export class ApplyPhase implements RunPhase {
  constructor(
    private readonly tools: ToolsService,
    private readonly diffs: DiffRepository,
    private readonly approvals: ApprovalRepository,
    private readonly metrics: ToolMetrics,
  ) {}

  /** What must be locked while the effect happens; null while the diff has not been dispatched yet. */
  async locks(work: Work): Promise<readonly bigint[] | null> {
    const diff = await this.load(work);
    if (diff.state !== 'applying') return null;
    try {
      return this.tools.lockKeys(diff.content, diff.hash);
    } catch (thrown) {
      // Content that is not what was approved has no targets; `apply` refuses it and says why.
      if (thrown instanceof AssentError) return [];
      throw thrown;
    }
  }

  async run(work: Work): Promise<PhaseResult> {
    const diff = await this.load(work);
    return diff.state === 'applying' ? this.apply(work, diff) : this.dispatch(work, diff);
  }

  /** Claims the dispatch, apart from the decision and before the effect, so that a crash between is seen for what it is. */
  private dispatch(work: Work, diff: StepDiff): PhaseResult {
    const { step } = work.run;
    work.diff = { ...diff, state: 'applying' };
    return {
      frames: [frame('tool.started', step, { callId: diff.callId, tool: diff.tool })],
      writes: [moveDiff(diff.id, 'approved', 'applying')],
      next: transition(step, { kind: 'dispatched' }),
      settle: true,
    };
  }

  private async apply(work: Work, diff: StepDiff): Promise<PhaseResult> {
    const { id: diffId, hash, callId, tool } = diff;
    const { step } = work.run;
    const audit = { actor: ACTOR, subjectType: 'diff' as const, subjectId: diffId, hash };
    const started = performance.now();
    try {
      const options = { signal: work.signal, idempotencyKey: `${work.run.id}:${step}` };
      const applied = await this.metrics.observe(tool, 'apply', () => this.tools.apply(diff.content, hash, options));
      const paths = applied.files.map((file) => file.path);
      if (applied.outcome === 'stale') {
        const error = {
          reason: 'stale',
          message: `Diff ${diffId} was made for another content of ${paths.join(', ')}: nothing was written. Start again to get a fresh diff.`,
        };
        return {
          ...end(work, { kind: 'error', error }),
          frames: [
            frame('diff.stale', step, { diffId, hash, files: [...applied.files] }),
            ...(await this.voided(work, 'its base has changed')),
            frame('tool.failed', step, { callId, tool, error }),
          ],
          writes: [
            moveDiff(diffId, 'applying', 'stale'),
            endApprovals('voided', 'approved'),
            endToolCall(callId, 'failed', error),
            recordAudit({ ...audit, action: 'diff.stale', detail: { files: applied.files } }),
          ],
        };
      }
      const result = { kind: 'applied' as const, actionId: diff.lineage.actionId, diffId };
      return {
        ...end(work, { kind: 'result', result }),
        frames: [
          frame('diff.applied', step, { diffId, hash, files: paths, written: applied.outcome === 'applied' }),
          frame('tool.completed', step, { callId, tool, durationMs: performance.now() - started }),
        ],
        writes: [
          moveDiff(diffId, 'applying', 'applied'),
          endToolCall(callId, 'completed', null),
          recordAudit({
            ...audit,
            action: 'diff.apply',
            detail: { files: diff.files, written: applied.outcome === 'applied' },
          }),
        ],
      };
    } catch (thrown) {
      if (work.signal.aborted) throw thrown;
      const { reason, message } = toAssentError(thrown);
      if (reason === 'internal') throw thrown;
      const error: RunError = { reason, message };
      return {
        ...end(work, { kind: 'error', error }),
        frames: [...(await this.voided(work, message)), frame('tool.failed', step, { callId, tool, error })],
        writes: [
          moveDiff(diffId, 'applying', 'voided'),
          endApprovals('voided', 'approved'),
          endToolCall(callId, 'failed', error),
        ],
      };
    }
  }

  /** The approval of a diff that cannot be applied holds no longer. */
  private async voided(work: Work, reason: string): Promise<NewFrame[]> {
    const approval = await this.approvals.findOfStep(work.run.id, work.run.step);
    return approval ? [frame('approval.voided', work.run.step, { approvalId: approval.id, reason })] : [];
  }

  private async load(work: Work): Promise<StepDiff> {
    const diff = work.diff ?? (await this.diffs.findOfStep(work.run.id, work.run.step));
    if (!diff) throw new Error(`run ${work.run.id} is to apply a diff that was never stored`);
    work.diff = diff;
    return diff;
  }
}

function end(work: Work, outcome: StepOutcome): PhaseResult {
  work.outcome = outcome;
  return { frames: [], writes: [], next: transition(work.run.step, { kind: 'ended' }), settle: false };
}

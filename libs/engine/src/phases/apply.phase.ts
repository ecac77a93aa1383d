import { Injectable } from '@nestjs/common';
import { AssentError, frame, toAssentError, type NewFrame, type RunError } from '@assent/contract';
import { ApprovalRepository, DiffRepository, endApprovals, moveDiff, recordAudit } from '@assent/approvals';
import { ToolMetrics, ToolsService, endToolCall, type Applied } from '@assent/tools';
import { ClientDispatch } from '../client-tools/client.dispatch';
import { dispatchAudit } from '../dispatch.audit';
import { transition, type StepOutcome } from '../run.machine';
import type { PhaseResult, RunPhase, StepDiff, Work } from '../work';

const ACTOR = 'system:apply';
/** Tools that the client of a run hosts. */
const CLIENT = 'client.';
/** Of what is different, in a message; a page of text. */
const DIFFERENCE_MAX_CHARS = 2_000;

/** Applies exactly the approved bytes, on exactly their base, once. */
@Injectable()
export class ApplyPhase implements RunPhase {
  constructor(
    private readonly tools: ToolsService,
    private readonly diffs: DiffRepository,
    private readonly approvals: ApprovalRepository,
    private readonly metrics: ToolMetrics,
    private readonly clients: ClientDispatch,
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
    if (diff.state === 'applying') return this.apply(work, diff);
    return (diff.tool.startsWith(CLIENT) ? await this.clients.dispatch(work, diff) : null) ?? this.dispatch(work, diff);
  }

  /**
   * Claims the dispatch, apart from the decision and before the effect, so that a crash between is seen for what it is. Its
   * audit row commits before the effect: where none can be written, nothing is applied.
   */
  private dispatch(work: Work, diff: StepDiff): PhaseResult {
    const { step } = work.run;
    work.diff = { ...diff, state: 'applying', dispatchedHere: true };
    return {
      frames: [frame('tool.started', step, { callId: diff.callId, tool: diff.tool })],
      writes: [moveDiff(diff.id, 'approved', 'applying'), dispatchAudit(diff)],
      next: transition(step, { kind: 'dispatched' }),
      settle: true,
    };
  }

  private async apply(work: Work, diff: StepDiff): Promise<PhaseResult> {
    const { id: diffId, hash, callId, tool } = diff;
    const { step } = work.run;
    const audit = { actor: ACTOR, subjectType: 'diff' as const, subjectId: diffId, hash };
    const started = performance.now();
    work.diff = { ...diff, dispatchedHere: false };
    let outside: ReturnType<ToolsService['outside']> = null;
    try {
      outside = this.tools.outside(diff.content, hash);
      if (outside && !outside.repeatable && !diff.dispatchedHere) {
        return await this.unknown(work, diff, outside.targets, 'an earlier attempt was cut off');
      }
      const { tenantId, requester: subject } = work.run;
      const caller = { tenantId, subject };
      const options = { caller, signal: work.signal, idempotencyKey: `${work.run.id}:${step}` };
      const applied = await this.metrics.observe(tool, 'apply', () => this.tools.apply(diff.content, hash, options));
      const paths = applied.files.map((file) => file.path);
      if (applied.outcome === 'stale') {
        const error = { reason: 'stale', message: staleMessage(diffId, applied) };
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
            recordAudit({
              ...audit,
              action: 'diff.stale',
              detail: { files: applied.files.map(({ path, state }) => ({ path, state })) },
            }),
          ],
        };
      }
      const result = { kind: 'applied' as const, actionId: diff.lineage.actionId, diffId };
      return {
        ...end(work, { kind: 'result', result }),
        frames: [
          ...(applied.output ? [frame('tool.output', step, { callId, tool, output: applied.output })] : []),
          frame('diff.applied', step, { diffId, hash, files: paths, written: applied.outcome === 'applied' }),
          frame('tool.completed', step, { callId, tool, durationMs: performance.now() - started }),
        ],
        writes: [
          moveDiff(diffId, 'applying', 'applied'),
          endToolCall(callId, 'completed', null),
          recordAudit({
            ...audit,
            action: 'diff.apply',
            detail: {
              files: diff.files,
              written: applied.outcome === 'applied',
              ...(outside && { targets: outside.targets }),
            },
          }),
        ],
      };
    } catch (thrown) {
      if (work.signal.aborted) throw thrown;
      const { reason, message, details } = toAssentError(thrown);
      if (reason === 'internal') throw thrown;
      if (outside && details['sent'] === true) return await this.unknown(work, diff, outside.targets, message);
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

  /** An effect outside that may have happened or not, and must not happen twice. The diff stays as it is, for a person to look at. */
  private async unknown(
    work: Work,
    { id: diffId, hash, callId, tool }: StepDiff,
    targets: readonly string[],
    why: string,
  ): Promise<PhaseResult> {
    const { step } = work.run;
    const message = `The outcome of ${tool} is unknown (${why}): look at ${targets.join(', ')}, then start again.`;
    const error: RunError = { reason: 'outcome_unknown', message };
    return {
      ...end(work, { kind: 'error', error }),
      frames: [...(await this.voided(work, message)), frame('tool.failed', step, { callId, tool, error })],
      writes: [
        endApprovals('voided', 'approved'),
        endToolCall(callId, 'failed', error),
        recordAudit({
          actor: ACTOR,
          subjectType: 'diff',
          subjectId: diffId,
          hash,
          action: 'diff.unknown',
          detail: { tool, targets, why },
        }),
      ],
    };
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

function end(work: Work, outcome: StepOutcome): PhaseResult {
  work.outcome = outcome;
  return { frames: [], writes: [], next: transition(work.run.step, { kind: 'ended' }), settle: false };
}

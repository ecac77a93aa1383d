import { Injectable } from '@nestjs/common';
import { AssentError, frame, toAssentError } from '@assent/contract';
import { DiffRepository, moveDiff, recordAudit } from '@assent/approvals';
import { ToolMetrics, ToolsService, endToolCall, type Applied } from '@assent/tools';
import { ApprovedDispatch } from '../acting/approved.dispatch';
import { APPLY_ACTOR, DiffEnds, endedStep } from '../acting/diff.ends';
import { callerOf } from '../acting/step.caller';
import type { PhaseResult, RunPhase, StepDiff, Work } from '../work';

/** Applies exactly the approved bytes, on exactly their base, once. */
@Injectable()
export class ApplyPhase implements RunPhase {
  constructor(
    private readonly tools: ToolsService,
    private readonly diffs: DiffRepository,
    private readonly dispatches: ApprovedDispatch,
    private readonly ends: DiffEnds,
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
    return diff.state === 'applying' ? this.apply(work, diff) : this.dispatches.begin(work, diff);
  }

  private async apply(work: Work, diff: StepDiff): Promise<PhaseResult> {
    const { hash, tool, dispatchedHere = false } = diff;
    const started = performance.now();
    work.diff = { ...diff, dispatchedHere: false };
    let outside: ReturnType<ToolsService['outside']> = null;
    try {
      outside = this.tools.outside(diff.content, hash);
      if (!dispatchedHere) {
        const why = await this.againstRepeating(work, diff, outside);
        if (why !== null) return await this.ends.unknown(work, diff, outside?.targets ?? pathsOf(diff), why);
      }
      const options = {
        caller: callerOf(work, false),
        signal: work.signal,
        idempotencyKey: `${work.run.id}:${work.run.step}`,
      };
      const applied = await this.metrics.observe(tool, 'apply', () => this.tools.apply(diff.content, hash, options));
      if (applied.outcome === 'stale') return await this.ends.stale(work, diff, applied);
      return applying(work, diff, applied, { outside, durationMs: performance.now() - started });
    } catch (thrown) {
      if (work.signal.aborted) throw thrown;
      const { reason, message, details } = toAssentError(thrown);
      if (reason === 'internal') throw thrown;
      if (outside && details['sent'] === true) return await this.ends.unknown(work, diff, outside.targets, message);
      return await this.ends.failed(work, diff, { reason, message });
    }
  }

  /** Why an effect may not be begun again that an earlier attempt may have begun; null: it may. */
  private async againstRepeating(
    work: Work,
    diff: StepDiff,
    outside: ReturnType<ToolsService['outside']>,
  ): Promise<string | null> {
    if (outside && !outside.repeatable) return 'an earlier attempt was cut off';
    const objection = await this.dispatches.objection(work, diff);
    if (!objection) return null;
    return `an earlier attempt was cut off, and rule ${objection.rule} is against another one now`;
  }

  private async load(work: Work): Promise<StepDiff> {
    const diff = work.diff ?? (await this.diffs.findOfStep(work.run.id, work.run.step));
    if (!diff) throw new Error(`run ${work.run.id} is to apply a diff that was never stored`);
    work.diff = diff;
    return diff;
  }
}

function applying(
  work: Work,
  { id: diffId, hash, callId, tool, files, lineage }: StepDiff,
  applied: Applied,
  { outside, durationMs }: { readonly outside: ReturnType<ToolsService['outside']>; readonly durationMs: number },
): PhaseResult {
  const { step } = work.run;
  const written = applied.outcome === 'applied';
  return {
    ...endedStep(work, { kind: 'result', result: { kind: 'applied', actionId: lineage.actionId, diffId } }),
    frames: [
      ...(applied.output ? [frame('tool.output', step, { callId, tool, output: applied.output })] : []),
      frame('diff.applied', step, { diffId, hash, files: applied.files.map(({ path }) => path), written }),
      frame('tool.completed', step, { callId, tool, durationMs }),
    ],
    writes: [
      moveDiff(diffId, 'applying', 'applied'),
      endToolCall(callId, 'completed', null),
      recordAudit({
        action: 'diff.apply',
        actor: APPLY_ACTOR,
        subjectType: 'diff',
        subjectId: diffId,
        hash,
        detail: { files, written, ...(outside && { targets: outside.targets }) },
      }),
    ],
  };
}

function pathsOf({ files }: StepDiff): string[] {
  return files.map(({ path }) => path);
}

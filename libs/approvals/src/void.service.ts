import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { recordAudit } from '@assent/audit';
import { sql, type RunPart } from '@assent/platform';
import type { RunHead } from '@assent/runs';
import { ApprovalCommits } from './approval.commit';
import { ApprovalMetrics } from './approval.metrics';
import type { ApprovalRecord } from './approval.record';
import { ApprovalRepository, voidApprovals } from './approval.repository';
import { moveDiff } from './diff.repository';

/** Votes and revisions may occur between the read and the write. */
const MAX_ATTEMPTS = 20;

/** Why a pending approval becomes void, with the frames and writes that record the cause. */
export interface Voiding {
  readonly reason: string;
  readonly actor: string;
  /** Frames about the cause, written before the approval's own frames. */
  readonly frames: readonly NewFrame[];
  readonly writes: readonly RunPart[];
  /** Why the run goes on. */
  readonly resumed: 'refutation' | 'voided';
}

/** The only place that voids approvals of runs, so that each one gets its frame. */
@Injectable()
export class VoidService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    private readonly metrics: ApprovalMetrics,
  ) {}

  /**
   * Voids the unapplied approvals of a run. The caller MUST own the run until both parts are committed.
   * @returns parts of the commit that ends the step or the run
   */
  async approved(
    { id, step }: Pick<RunHead, 'id' | 'step'>,
    reason: string,
  ): Promise<{ readonly frames: readonly NewFrame[]; readonly writes: readonly RunPart[] }> {
    const approvalIds = await this.approvals.unapplied(id);
    return {
      frames: approvalIds.map((approvalId) => frame('approval.voided', step, { approvalId, reason })),
      writes: [voidApprovals()],
    };
  }

  /**
   * Withdraws a pending approval whose cause no longer holds; the run makes a new plan.
   * @returns the resumed run; null: another decision came first
   */
  async void(seen: ApprovalRecord, voiding: Voiding): Promise<RunHead | null> {
    let approval: ApprovalRecord | undefined = seen;
    for (let attempts = 0; attempts < MAX_ATTEMPTS && approval?.state === 'pending'; attempts += 1) {
      const run = await this.tryOnce(approval, voiding);
      if (run) return run;
      approval = await this.approvals.find(seen.tenantId, seen.id);
    }
    return null;
  }

  private async tryOnce(
    approval: ApprovalRecord,
    { reason, actor, frames, writes, resumed }: Voiding,
  ): Promise<RunHead | null> {
    const { id: approvalId, step, requestId, diffId, hash } = approval;
    if (step === null || diffId === null) return null;
    const changed = await this.commits.commit(approval, {
      set: sql`state = 'voided'`,
      time: 'any',
      writes: [
        ...writes,
        moveDiff(diffId, 'pending', 'voided'),
        recordAudit({
          action: 'approval.void',
          actor,
          subjectType: 'approval',
          subjectId: approvalId,
          hash,
          detail: { diffId, reason },
        }),
      ],
      frames: [
        ...frames,
        frame('approval.voided', step, { approvalId, reason }),
        frame('request.resolved', step, { id: requestId, outcome: 'voided', actor }),
        frame('run.resumed', step, { reason: resumed }),
      ],
      resume: { phase: 'plan', steps: 1 },
    });
    if (changed) this.metrics.decided('void', (changed.at.getTime() - approval.createdAt.getTime()) / 1_000);
    return changed?.run ?? null;
  }
}

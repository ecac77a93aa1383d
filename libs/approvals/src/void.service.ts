import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { recordAudit, type Cte } from '@assent/platform';
import { RunCommits, RunHandoff, holdWaiting, type RunHead } from '@assent/runs';
import { ApprovalMetrics } from './approval.metrics';
import type { ApprovalRecord } from './approval.record';
import { takePending } from './decision.service';
import { moveDiff } from './diff.repository';

/** Why a pending approval no longer stands, and what else is known by now. */
export interface Voiding {
  readonly reason: string;
  readonly actor: string;
  /** Frames that say what has happened, before those that say what it means for the approval. */
  readonly frames: readonly NewFrame[];
  readonly writes: readonly Cte[];
}

/** Takes pending approvals back when what they rested on is refuted; the run makes a new plan. */
@Injectable()
export class VoidService {
  constructor(
    private readonly commits: RunCommits,
    private readonly handoff: RunHandoff,
    private readonly metrics: ApprovalMetrics,
  ) {}

  /** @returns the run as it goes on; null: somebody was faster, and the approval is pending no longer */
  async void(approval: ApprovalRecord, { reason, actor, frames, writes }: Voiding): Promise<RunHead | null> {
    const { id: approvalId, step, requestId, diffId, hash } = approval;
    const told: NewFrame[] = [
      ...frames,
      frame('approval.voided', step, { approvalId, reason }),
      frame('request.resolved', step, { id: requestId, outcome: 'voided', actor }),
      frame('run.resumed', step, { reason: 'refutation' }),
    ];
    const run = await this.handoff.commit((claim) =>
      this.commits.commit({
        before: takePending(approval, 'voided'),
        hold: holdWaiting('taken', claim, 'plan', told.length, 1),
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
        frames: told,
      }),
    );
    if (run) this.metrics.decided('void', (run.updatedAt.getTime() - approval.createdAt.getTime()) / 1_000);
    return run;
  }
}

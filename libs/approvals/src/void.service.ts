import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { recordAudit, sql, type Cte } from '@assent/platform';
import type { RunHead } from '@assent/runs';
import { ApprovalCommits } from './approval.commit';
import { ApprovalMetrics } from './approval.metrics';
import type { ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { moveDiff } from './diff.repository';

/** Votes and revisions may come between a look and the write. */
const TRIES = 20;

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
    private readonly approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    private readonly metrics: ApprovalMetrics,
  ) {}

  /** @returns the run as it goes on; null: somebody was faster, and the approval is pending no longer */
  async void(seen: ApprovalRecord, voiding: Voiding): Promise<RunHead | null> {
    let approval: ApprovalRecord | undefined = seen;
    for (let tries = 0; tries < TRIES && approval?.state === 'pending'; tries += 1) {
      const run = await this.tryOnce(approval, voiding);
      if (run) return run;
      approval = await this.approvals.find(seen.tenantId, seen.id);
    }
    return null;
  }

  private async tryOnce(approval: ApprovalRecord, { reason, actor, frames, writes }: Voiding): Promise<RunHead | null> {
    const { id: approvalId, step, requestId, diffId, hash } = approval;
    if (step === null || diffId === null) return null;
    const changed = await this.commits.commit(approval, {
      set: sql`state = 'voided'`,
      time: 'any',
      writes: [
        ...writes,
        moveDiff(diffId, 'pending', 'voided'),
        recordAudit({
          ...{ action: 'approval.void', actor, subjectType: 'approval', subjectId: approvalId, hash },
          detail: { diffId, reason },
        }),
      ],
      frames: [
        ...frames,
        frame('approval.voided', step, { approvalId, reason }),
        frame('request.resolved', step, { id: requestId, outcome: 'voided', actor }),
        frame('run.resumed', step, { reason: 'refutation' }),
      ],
      resume: { phase: 'plan', steps: 1 },
    });
    if (changed) this.metrics.decided('void', (changed.at.getTime() - approval.createdAt.getTime()) / 1_000);
    return changed?.run ?? null;
  }
}

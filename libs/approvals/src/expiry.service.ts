import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { Sweeper, sql } from '@assent/platform';
import { recordAudit } from '@assent/audit';
import { ApprovalCommits } from './approval.commit';
import { ApprovalMetrics } from './approval.metrics';
import type { ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { moveDiff } from './diff.repository';
import { subjectEvent } from './subjects/subject.event';

const EVERY_MS = 2_000;
const ACTOR = 'system:expiry';

/**
 * Expires overdue approvals. An expired approval is neither approved nor lost: the run continues or fails, as the
 * policy says. Safe on several replicas at once: the first one to commit wins.
 */
@Injectable()
export class ExpiryService {
  constructor(
    approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    private readonly metrics: ApprovalMetrics,
    sweeper: Sweeper,
  ) {
    sweeper.items({
      name: 'approvals',
      everyMs: EVERY_MS,
      find: (limit, except) => approvals.due(limit, except),
      keyOf: ({ id }) => id,
      handle: (approval) => this.expire(approval),
    });
  }

  private async expire(approval: ApprovalRecord): Promise<boolean> {
    const { id, step, diffId, requestId, hash } = approval;
    const frames: NewFrame[] =
      step === null
        ? []
        : [
            frame('approval.expired', step, { approvalId: id }),
            frame('request.resolved', step, { id: requestId, outcome: 'expired', actor: ACTOR }),
            frame('run.resumed', step, { reason: 'expiry' }),
          ];
    const changed = await this.commits.commit(approval, {
      set: sql`state = 'expired'`,
      time: 'after_expiry',
      writes: [
        ...(diffId === null ? [] : [moveDiff(diffId, 'pending', 'voided')]),
        recordAudit({
          action: 'approval.expire',
          actor: ACTOR,
          subjectType: 'approval',
          subjectId: id,
          hash,
          detail: { diffId, revision: approval.revision, votes: approval.votes.map(({ actor }) => actor) },
        }),
      ],
      frames,
      event: subjectEvent('approval.expired', approval),
      resume: { phase: 'observe', steps: 0 },
    });
    if (changed) this.metrics.decided('expire', (changed.at.getTime() - approval.createdAt.getTime()) / 1_000);
    return changed !== null;
  }
}

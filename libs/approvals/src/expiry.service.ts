import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { frame, type NewFrame } from '@assent/contract';
import { LOG, recordAudit, type Log } from '@assent/platform';
import { RunCommits, RunHandoff, holdWaiting } from '@assent/runs';
import { ApprovalMetrics } from './approval.metrics';
import type { ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { takePending } from './decision.service';
import { moveDiff } from './diff.repository';

const EVERY_MS = 2_000;
const BATCH = 50;
const ACTOR = 'system:expiry';

/** Ends approvals whose time is up. Expired is neither approved nor lost: the run is told and goes on. */
@Injectable()
export class ExpiryService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly commits: RunCommits,
    private readonly handoff: RunHandoff,
    private readonly metrics: ApprovalMetrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** One pass, at most `BATCH` approvals. Safe on several replicas at once: the first one takes each. */
  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    try {
      for (const approval of await this.approvals.due(BATCH)) await this.expire(approval);
    } catch (error) {
      this.log.warn({ err: error }, 'looking for expired approvals failed; the next look tries again');
    }
  }

  private async expire(approval: ApprovalRecord): Promise<void> {
    const frames: NewFrame[] = [
      frame('approval.expired', approval.step, { approvalId: approval.id }),
      frame('request.resolved', approval.step, { id: approval.requestId, outcome: 'expired', actor: ACTOR }),
      frame('run.resumed', approval.step, { reason: 'expiry' }),
    ];
    const run = await this.handoff.commit((claim) =>
      this.commits.commit({
        before: takePending(approval, 'expired'),
        hold: holdWaiting('taken', claim, 'observe', frames.length),
        writes: [
          moveDiff(approval.diffId, 'pending', 'voided'),
          recordAudit({
            action: 'approval.expire',
            actor: ACTOR,
            subjectType: 'approval',
            subjectId: approval.id,
            hash: approval.hash,
            detail: { diffId: approval.diffId },
          }),
        ],
        frames,
      }),
    );
    if (!run) return;
    this.metrics.decided('expire', (run.updatedAt.getTime() - approval.createdAt.getTime()) / 1_000);
  }
}

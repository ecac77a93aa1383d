import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { frame, type NewFrame } from '@assent/contract';
import { recordAudit, LOG, sql, type Log } from '@assent/platform';
import { ApprovalCommits } from './approval.commit';
import { ApprovalMetrics } from './approval.metrics';
import type { ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { moveDiff } from './diff.repository';
import { subjectNews } from './subjects/subject.news';

const EVERY_MS = 2_000;
const BATCH = 50;
const ACTOR = 'system:expiry';

/** Ends approvals whose time is up. Expired is neither approved nor lost: the run is told and goes on or fails, as the policy says. */
@Injectable()
export class ExpiryService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    private readonly metrics: ApprovalMetrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** One pass, at most `BATCH` approvals. Safe on several replicas at once: the first one takes each. */
  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    try {
      for (const approval of await this.approvals.due(BATCH)) {
        await this.expire(approval).catch((error: unknown) => {
          this.log.error(
            { err: error, approvalId: approval.id },
            'an approval could not expire; the next look tries again',
          );
        });
      }
    } catch (error) {
      this.log.warn({ err: error }, 'looking for expired approvals failed; the next look tries again');
    }
  }

  private async expire(approval: ApprovalRecord): Promise<void> {
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
          ...{ action: 'approval.expire', actor: ACTOR, subjectType: 'approval', subjectId: id, hash },
          detail: { diffId, revision: approval.revision, votes: approval.votes.map(({ actor }) => actor) },
        }),
      ],
      frames,
      news: subjectNews('approval.expired', approval),
      resume: { phase: 'observe', steps: 0 },
    });
    if (changed) this.metrics.decided('expire', (changed.at.getTime() - approval.createdAt.getTime()) / 1_000);
  }
}

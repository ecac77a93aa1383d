import { Injectable } from '@nestjs/common';
import { AssentError, frame, type Approval, type DecideParams, type NewFrame, type Principal } from '@assent/contract';
import { Config, cte, recordAudit, sql, type Cte } from '@assent/platform';
import { RunCommits, RunHandoff, holdWaiting } from '@assent/runs';
import { ApprovalMetrics } from './approval.metrics';
import { toWireApproval, type ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { moveDiff } from './diff.repository';

/** Decides approvals. Whatever the door (REST, RPC, a stream answer), the first committed decision wins. */
@Injectable()
export class DecisionService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly commits: RunCommits,
    private readonly handoff: RunHandoff,
    private readonly config: Config,
    private readonly metrics: ApprovalMetrics,
  ) {}

  /**
   * @throws AssentError not_found; forbidden (own run); precondition_failed (another hash); gone (expired); conflict
   * (somebody has decided, or the run has ended)
   * @param also further writes of the same transaction; each MUST select from `held`
   */
  async decide(principal: Principal, params: DecideParams, also: readonly Cte[] = []): Promise<Approval> {
    const approval = await this.load(principal, params.approvalId);
    const earlier = this.check(principal, params, approval);
    if (earlier) return earlier;
    const decided = await this.commit(principal, params, approval, also);
    if (decided) return decided;
    // Somebody was faster, or its time ran out meanwhile: say which.
    const winner = this.check(principal, params, await this.load(principal, params.approvalId));
    if (winner) return winner;
    throw new AssentError('in_flight', `Approval ${params.approvalId} is being changed right now: try again.`);
  }

  private async load(principal: Principal, approvalId: string): Promise<ApprovalRecord> {
    const approval = await this.approvals.find(principal.tenantId, approvalId);
    if (!approval) throw approvalNotFound(approvalId);
    return approval;
  }

  /** Everything but the race. @returns the approval as it is when this actor had decided the same before */
  private check(principal: Principal, params: DecideParams, approval: ApprovalRecord): Approval | null {
    if (approval.requester === principal.subject && this.config.env.SELF_APPROVAL === 'deny') {
      throw new AssentError(
        'forbidden',
        `"${principal.subject}" started run ${approval.runId} and cannot decide it: ask another reviewer, or set SELF_APPROVAL=allow.`,
      );
    }
    if (params.hash !== approval.hash) {
      throw new AssentError(
        'precondition_failed',
        `Approval ${approval.id} is about other content: read its diff again and decide on that hash.`,
        { hash: approval.hash },
      );
    }
    if (approval.state === 'expired' || approval.overdue) {
      throw new AssentError(
        'gone',
        `Approval ${approval.id} expired at ${approval.expiresAt.toISOString()}: start the run again.`,
      );
    }
    if (approval.state === 'pending') return null;
    if (approval.decision === params.decision && approval.actor === principal.subject) {
      return toWireApproval(approval);
    }
    throw alreadyDecided(approval);
  }

  private async commit(
    principal: Principal,
    params: DecideParams,
    approval: ApprovalRecord,
    also: readonly Cte[],
  ): Promise<Approval | null> {
    const approve = params.decision === 'approve';
    const actor = principal.subject;
    const comment = params.comment ?? null;
    const frames: NewFrame[] = [
      frame('approval.decided', approval.step, {
        approvalId: approval.id,
        decision: params.decision,
        actor,
        hash: approval.hash,
        comment,
      }),
      frame('request.resolved', approval.step, { id: approval.requestId, outcome: params.decision, actor }),
      ...(approve
        ? []
        : [frame('diff.rejected', approval.step, { diffId: approval.diffId, hash: approval.hash, actor })]),
      frame('run.resumed', approval.step, { reason: 'decision' }),
    ];
    const run = await this.handoff.commit((claim) =>
      this.commits.commit({
        before: takePending(approval, approve ? 'approved' : 'rejected'),
        hold: holdWaiting('taken', claim, approve ? 'apply' : 'observe', frames.length),
        writes: [
          insertDecision(approval, params.decision, actor, comment),
          moveDiff(approval.diffId, 'pending', approve ? 'approved' : 'rejected'),
          recordAudit({
            action: approve ? 'approval.approve' : 'approval.reject',
            actor,
            subjectType: 'approval',
            subjectId: approval.id,
            hash: approval.hash,
            detail: { diffId: approval.diffId, rule: approval.rule, comment },
          }),
          ...also,
        ],
        frames,
      }),
    );
    if (!run) return null;
    this.metrics.decided(params.decision, (run.updatedAt.getTime() - approval.createdAt.getTime()) / 1_000);
    return toWireApproval({
      ...approval,
      state: approve ? 'approved' : 'rejected',
      decision: params.decision,
      actor,
      decidedHash: approval.hash,
      comment,
      decidedAt: run.updatedAt,
    });
  }
}

/**
 * Takes a pending approval, run row first: whoever else wants either (a cancel, another decision, the expiry sweep)
 * locks in the same order, so that they queue instead of deadlocking.
 */
export function takePending(approval: ApprovalRecord, to: 'approved' | 'rejected' | 'expired' | 'voided'): Cte[] {
  const time = to === 'expired' ? sql`and expires_at <= now()` : to === 'voided' ? sql`` : sql`and expires_at > now()`;
  return [
    cte('waiting', sql`select id from runs where id = ${approval.runId} and state = 'waiting' for update`),
    cte(
      'taken',
      sql`update approvals set state = ${to} from waiting where approvals.id = ${approval.id} and approvals.run_id = waiting.id
        and approvals.state = 'pending' and approvals.hash = ${approval.hash} ${time} returning approvals.run_id`,
    ),
  ];
}

function insertDecision(approval: ApprovalRecord, decision: string, actor: string, comment: string | null): Cte {
  return cte(
    'recorded',
    sql`insert into decisions (approval_id, tenant_id, decision, actor, hash, comment, created_at)
      select ${approval.id}, held."tenantId", ${decision}, ${actor}, ${approval.hash}, ${comment}, held."updatedAt" from held`,
  );
}

export function approvalNotFound(approvalId: string): AssentError {
  return new AssentError(
    'not_found',
    `There is no approval ${approvalId}: list them with approval/list or GET /approvals.`,
  );
}

function alreadyDecided(approval: ApprovalRecord): AssentError {
  if (approval.decision && approval.actor && approval.decidedAt) {
    const winner = { decision: approval.decision, actor: approval.actor, at: approval.decidedAt.toISOString() };
    return new AssentError(
      'conflict',
      `Approval ${approval.id} is ${approval.state} already, by "${winner.actor}" at ${winner.at}: nothing was changed.`,
      { winner, state: approval.state },
    );
  }
  return new AssentError('conflict', `Approval ${approval.id} is ${approval.state}: its run no longer waits for it.`, {
    state: approval.state,
  });
}

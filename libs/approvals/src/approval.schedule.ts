import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { Sweeper, sql } from '@assent/platform';
import { recordAudit } from '@assent/audit';
import { ApprovalCommits } from './approval.commit';
import { neededFor, requirementsOf, type ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { escalated, type ScheduleItem, type Requirements } from './requirements';

const EVERY_MS = 2_000;
const ACTOR = 'system:agenda';

/** Reminders and escalations of pending approvals. Each is sent once, however many replicas poll. */
@Injectable()
export class ApprovalSchedule {
  constructor(
    approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    sweeper: Sweeper,
  ) {
    sweeper.items({
      name: 'agenda',
      everyMs: EVERY_MS,
      find: (limit, except) => approvals.dueForSchedule(limit, except),
      keyOf: ({ id }) => id,
      handle: (approval) => this.next(approval),
    });
  }

  private async next(approval: ApprovalRecord): Promise<boolean> {
    const before = requirementsOf(approval);
    const item = before.agenda[approval.agendaDone];
    const then = before.agenda[approval.agendaDone + 1]?.afterSeconds ?? null;
    const requirements = item?.kind === 'escalate' ? escalated(before, item) : before;
    const changed = await this.commits.commit(approval, {
      set: sql`agenda_done = approvals.agenda_done + 1, next_due_at = approvals.created_at + make_interval(secs => ${then})
        ${item?.kind === 'escalate' ? sql`, terms = ${JSON.stringify(requirements)}::json` : sql``}`,
      time: 'before_expiry',
      writes: item?.kind === 'escalate' ? [escalation(approval, item)] : [],
      frames: item ? framesOf(approval, item, requirements) : [],
      resume: null,
    });
    return changed !== null;
  }
}

function escalation({ id, hash, revision }: ApprovalRecord, item: Extract<ScheduleItem, { kind: 'escalate' }>) {
  const { rule, afterSeconds, deciders = null, roles = null } = item;
  return recordAudit({
    action: 'approval.escalate',
    actor: ACTOR,
    subjectType: 'approval',
    subjectId: id,
    hash,
    detail: { revision, rule, afterSeconds, deciders, roles },
  });
}

function framesOf(approval: ApprovalRecord, item: ScheduleItem, requirements: Requirements): NewFrame[] {
  const { id: approvalId, step, votes, expiresAt } = approval;
  if (step === null) return [];
  const missing = neededFor(approval, votes, requirements);
  if (item.kind === 'remind') {
    return [frame('approval.reminded', step, { approvalId, needed: missing, expiresAt: expiresAt.toISOString() })];
  }
  const requirement = requirements.clauses.find(({ rule }) => rule === item.rule);
  return [
    frame('approval.escalated', step, {
      approvalId,
      rule: item.rule,
      needed: missing,
      deciders: requirement?.deciders ?? null,
      roles: requirement?.roles ?? [],
    }),
  ];
}

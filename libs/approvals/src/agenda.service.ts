import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { frame, type NewFrame } from '@assent/contract';
import { recordAudit, LOG, sql, type Log } from '@assent/platform';
import { ApprovalCommits } from './approval.commit';
import { termsOf, type ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { escalated, needed, type AgendaItem, type Terms } from './terms';

const EVERY_MS = 2_000;
const BATCH = 50;
const ACTOR = 'system:agenda';

/** Reminders and escalations of approvals that wait. Each comes once, however many replicas look. */
@Injectable()
export class AgendaService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    try {
      for (const approval of await this.approvals.onAgenda(BATCH)) {
        await this.next(approval).catch((error: unknown) => {
          this.log.error(
            { err: error, approvalId: approval.id },
            'an approval could not be escalated; the next look tries again',
          );
        });
      }
    } catch (error) {
      this.log.warn({ err: error }, 'looking for reminders and escalations failed; the next look tries again');
    }
  }

  private async next(approval: ApprovalRecord): Promise<void> {
    const before = termsOf(approval);
    const item = before.agenda[approval.agendaDone];
    const then = before.agenda[approval.agendaDone + 1]?.afterSeconds ?? null;
    const terms = item?.kind === 'escalate' ? escalated(before, item) : before;
    await this.commits.commit(approval, {
      set: sql`agenda_done = approvals.agenda_done + 1, next_due_at = approvals.created_at + make_interval(secs => ${then})
        ${item?.kind === 'escalate' ? sql`, terms = ${JSON.stringify(terms)}::json` : sql``}`,
      time: 'before_expiry',
      writes: item?.kind === 'escalate' ? [escalation(approval, item)] : [],
      frames: item ? framesOf(approval, item, terms) : [],
      resume: null,
    });
  }
}

function escalation({ id, hash, revision }: ApprovalRecord, item: Extract<AgendaItem, { kind: 'escalate' }>) {
  const { rule, afterSeconds, deciders = null, roles = null } = item;
  return recordAudit({
    ...{ action: 'approval.escalate', actor: ACTOR, subjectType: 'approval', subjectId: id, hash },
    detail: { revision, rule, afterSeconds, deciders, roles },
  });
}

function framesOf(
  { id: approvalId, step, votes, author, expiresAt }: ApprovalRecord,
  item: AgendaItem,
  terms: Terms,
): NewFrame[] {
  if (step === null) return [];
  const missing = needed(terms, votes, author);
  if (item.kind === 'remind') {
    return [frame('approval.reminded', step, { approvalId, needed: missing, expiresAt: expiresAt.toISOString() })];
  }
  const clause = terms.clauses.find(({ rule }) => rule === item.rule);
  return [
    frame('approval.escalated', step, {
      ...{ approvalId, rule: item.rule, needed: missing },
      ...{ deciders: clause?.deciders ?? null, roles: clause?.roles ?? [] },
    }),
  ];
}

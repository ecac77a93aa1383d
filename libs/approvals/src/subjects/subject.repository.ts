import { Injectable } from '@nestjs/common';
import { Database, RUN, cte, sql, withCtes, type Cte, type RunPart } from '@assent/platform';
import { auditChange, type AuditEntry } from '@assent/audit';
import { OutboxSignal, hasDeliveries, publishEvent } from '@assent/outbox';
import type { Risk } from '@assent/contract';
import { quorumOf, type Requirements } from '../requirements';
import { subjectEvent } from './subject.event';
import type { ResolvedSubject, SubjectKind } from './approval.subject';

export interface NewSubjectApproval {
  readonly id: string;
  readonly requestId: string;
  readonly tenantId: string;
  readonly kind: SubjectKind;
  readonly tool: string;
  readonly subjectId: string;
  readonly title: string;
  readonly content: Buffer;
  readonly hash: string;
  readonly requester: string;
  readonly issuers: readonly string[];
  readonly rule: string;
  readonly risks: readonly Risk[];
  readonly terms: Requirements;
  readonly ttlSeconds: number;
  /** Additional data of the webhook event. */
  readonly webhook: Readonly<Record<string, unknown>>;
  /** Further rows of the same statement, made from the part that inserts the approval. */
  readonly more?: ((asked: Cte) => Cte) | undefined;
}

export interface Claimed extends ResolvedSubject {
  /** Null: erased, before or after the decision. */
  readonly content: Buffer | null;
  readonly kind: string;
  readonly state: 'approved' | 'rejected' | 'expired' | 'voided' | 'cancelled';
  /** Expiry of the claim; afterwards the next claimer sets a new one. */
  readonly until: Date;
}

/** Approvals of subjects other than diffs, one statement per method. */
@Injectable()
export class SubjectRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxSignal,
  ) {}

  /**
   * Inserts an approval with its audit row and webhook event.
   * @returns false if one is already pending for the subject
   */
  async insert(approval: NewSubjectApproval, entry: AuditEntry): Promise<boolean> {
    const { terms: requirements, tenantId } = approval;
    const firstSeconds = requirements.agenda[0]?.afterSeconds ?? null;
    const asked = cte(
      'insert_approvals',
      sql`insert into approvals (id, tenant_id, request_id, state, hash, tool, workspace, requester, issuers, rule, risks, terms, quorum, next_due_at,
          subject_type, subject_id, content, title, created_at, expires_at)
        select ${approval.id}::uuid, ${tenantId}, ${approval.requestId}, 'pending', ${approval.hash}, ${approval.tool}, '', ${approval.requester}, ${approval.issuers}::text[],
          ${approval.rule}, ${approval.risks}::text[], ${JSON.stringify(requirements)}::json, ${quorumOf(requirements)}::integer,
          n.at + make_interval(secs => ${firstSeconds}), ${approval.kind}, ${approval.subjectId}, ${approval.content}::bytea, ${approval.title},
          n.at, n.at + make_interval(secs => ${approval.ttlSeconds})
        from (select date_trunc('milliseconds', now()) as at) n
        on conflict (tenant_id, subject_type, subject_id) where subject_type <> 'diff' and state = 'pending' do nothing
        returning id`,
    );
    const { kind: subjectType, rule, webhook } = approval;
    const { type, data } = subjectEvent('approval.requested', { ...approval, subjectType }, { rule, ...webhook });
    const published = publishEvent({ tenantId, type, data }, asked);
    const parts = [
      asked,
      ...(approval.more ? [approval.more(asked)] : []),
      auditChange(tenantId, entry, asked),
      ...published,
    ];
    const [row] = await this.database.queryDedicated<{ hasDeliveries: boolean }>(
      withCtes(parts, sql`select ${hasDeliveries(published)} as "hasDeliveries" from ${asked}`),
    );
    if (row?.hasDeliveries === true) this.outbox.raise();
    return row !== undefined;
  }

  /** Id and hash of the pending approval about a subject. */
  async pending(
    tenantId: string,
    kind: SubjectKind,
    subjectId: string,
  ): Promise<{ id: string; hash: string } | undefined> {
    const rows = await this.database.query<{ id: string; hash: string }>(sql`
      select id, hash from approvals where tenant_id = ${tenantId} and subject_type = ${kind} and subject_id = ${subjectId}
        and state = 'pending' and subject_type <> 'diff'`);
    return rows[0];
  }

  /** Whether exactly these bytes were rejected. */
  async isRejected(tenantId: string, kind: SubjectKind, subjectId: string, hash: string): Promise<boolean> {
    const rows = await this.database.query(sql`
      select from approvals where tenant_id = ${tenantId} and subject_type = ${kind} and subject_id = ${subjectId} and hash = ${hash}
        and state = 'rejected' and subject_type <> 'diff' limit 1`);
    return rows.length > 0;
  }

  /** Claims decided approvals of these kinds that are neither carried out nor claimed; approvals without an attempt come first. */
  async claim(kinds: readonly string[], seconds: number, limit: number, except: readonly string[]): Promise<Claimed[]> {
    return this.database.queryDedicated<Claimed>(sql`
      with due as (
        select id from approvals where subject_type <> 'diff' and dispatched_at is null and state <> 'pending'
          and subject_type = any(${kinds}::text[]) and (dispatch_until is null or dispatch_until < now())
          and id not in (select unnest(${except}::uuid[]))
        order by dispatch_until nulls first, id limit ${limit} for update skip locked
      )
      update approvals set dispatch_until = date_trunc('milliseconds', now()) + make_interval(secs => ${seconds}) from due where approvals.id = due.id
      returning approvals.id as "approvalId", tenant_id as "tenantId", subject_type as kind, subject_id as "subjectId", content, hash, state,
        dispatch_until as until, (select actor from decisions where approval_id = approvals.id) as actor`);
  }

  /**
   * Commits the subject's writes with the completion mark.
   * @returns false if the claim had expired; nothing is then written
   */
  async finish(claimed: Claimed, writes: readonly RunPart[], entry: AuditEntry): Promise<boolean> {
    const done = cte(
      'update_approvals',
      sql`update approvals set dispatched_at = date_trunc('milliseconds', now()) where id = ${claimed.approvalId} and tenant_id = ${claimed.tenantId}
        and dispatched_at is null and dispatch_until = ${claimed.until} returning tenant_id, dispatched_at`,
    );
    const run = cte(
      RUN.name,
      sql`select null::uuid as id, tenant_id as "tenantId", dispatched_at as "updatedAt" from ${done}`,
    );
    const rows = await this.database.queryDedicated<{ at: Date }>(
      withCtes(
        [done, run, ...writes, auditChange(claimed.tenantId, entry, done)],
        sql`select "updatedAt" as at from ${run}`,
      ),
    );
    return rows.length === 1;
  }
}

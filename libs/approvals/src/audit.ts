import { cte, newId, sql, type Cte } from '@assent/platform';

export interface AuditEntry {
  readonly action:
    | 'approval.approve'
    | 'approval.reject'
    | 'approval.auto'
    | 'approval.expire'
    | 'approval.void'
    | 'diff.apply'
    | 'diff.stale'
    | 'diff.fail'
    | 'diff.unknown';
  readonly actor: string;
  readonly subjectType: 'approval' | 'diff';
  readonly subjectId: string;
  readonly hash: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The audit row of a change, written by the statement that makes the change: without the one there is not the other. */
export function recordAudit(entry: AuditEntry): Cte {
  return cte(
    'audited',
    sql`insert into audit_log (id, tenant_id, action, actor, subject_type, subject_id, run_id, hash, detail, created_at)
      select ${newId()}, held."tenantId", ${entry.action}, ${entry.actor}, ${entry.subjectType}, ${entry.subjectId}, held.id,
        ${entry.hash}, ${JSON.stringify(entry.detail)}, held."updatedAt" from held`,
  );
}

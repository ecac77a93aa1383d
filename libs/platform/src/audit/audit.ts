import { Sql, cte, sql, type Cte } from '../database/sql';
import { newId } from '../ids';

/** One line of the audit: who did what, to what, on which content. */
export interface AuditEntry {
  /** `noun.verb`, e.g. `approval.approve`, `key.revoke`, `tool_policy.set`. */
  readonly action: `${string}.${string}`;
  /** Subject of a principal, `policy:<rule>`, `webhook:<endpoint>` or `system:<part>`. */
  readonly actor: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** Hash of the content it is about; null when there is none. */
  readonly hash: string | null;
  /** MUST hold no secret: the log is append-only, nobody can take it out again. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Version of the policy that was in force. By default the database notes that of the tenant's tool policy. */
  readonly policyVersion?: string;
}

/**
 * The audit row of a change of a run, written by the statement that makes the change: without the one there is not the
 * other. The database chains it (audit_log_chain), so that no caller can forget to.
 */
export function recordAudit(entry: AuditEntry): Cte {
  return row(entry, sql`held."tenantId", held.id, held."updatedAt" from held`);
}

/**
 * The audit row of a change without a run: keys, policies, webhooks, memory plans.
 * @param from name of the part of the same statement that makes the change; no row of it, no audit row
 */
export function auditChange(tenantId: string, entry: AuditEntry, from: string): Cte {
  return row(
    entry,
    sql`${tenantId}::text, null::uuid, date_trunc('milliseconds', now()) where exists (select from ${new Sql([from], [])})`,
  );
}

/** Parts of a statement need different names, and one change may have two lines. */
function row(entry: AuditEntry, rest: Sql): Cte {
  const { action, actor, subjectType, subjectId, hash, detail, policyVersion = null } = entry;
  return cte(
    `audited_${action.replaceAll('.', '_')}`,
    sql`insert into audit_log (id, action, actor, subject_type, subject_id, hash, detail, policy_version, tenant_id, run_id, created_at)
      select ${newId()}::uuid, ${action}::text, ${actor}::text, ${subjectType}::text, ${subjectId}::text, ${hash}::text,
        ${JSON.stringify(detail)}::json, ${policyVersion}::text, ${rest}`,
  );
}

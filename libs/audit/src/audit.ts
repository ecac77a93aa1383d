import { RUN, type RunPart, cte, sql, type Cte, type Reference, type Sql, newId } from '@assent/platform';

/** One line of the audit: who did what, to what, on which content. */
export interface AuditEntry {
  /** `noun.verb`, e.g. `approval.approve`, `key.revoke`, `tool_policy.set`. */
  readonly action: `${string}.${string}`;
  /** Subject of a principal, `policy:<rule>`, `webhook:<endpoint>` or `system:<part>`. */
  readonly actor: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** Hash of the content it is about; null without content. */
  readonly hash: string | null;
  /** MUST hold no secret: the log is append-only, and nothing can be removed from it. */
  readonly detail: Readonly<Record<string, unknown>>;
  /**
   * Version of the policy that was in force. By default the database records the version of the tenant's tool policy.
   */
  readonly policyVersion?: string;
}

/**
 * The audit row of a change of a run, written by the statement that makes the change: both commit or neither does. The
 * database chains it (audit_log_chain), so that no caller can forget it.
 */
export function recordAudit(entry: AuditEntry): RunPart {
  return row(entry, sql`${RUN.column('tenantId')}, ${RUN.column('id')}, ${RUN.column('updatedAt')} from ${RUN}`);
}

/**
 * The audit row of a change without a run: keys, policies, webhooks, memory plans.
 * @param from the part of the same statement that makes the change; without a row of it there is no audit row
 */
export function auditChange(tenantId: string, entry: AuditEntry, from: Reference): Cte {
  return row(
    entry,
    sql`${tenantId}::text, null::uuid, date_trunc('milliseconds', now()) where exists (select from ${from})`,
  );
}

/** Parts of a statement need distinct names, and one change may write two lines. */
function row<Uses>(entry: AuditEntry, rest: Sql<Uses>): Cte<string, unknown, Uses> {
  const { action, actor, subjectType, subjectId, hash, detail, policyVersion = null } = entry;
  return cte(
    `insert_audit_log_${action.replaceAll('.', '_')}`,
    sql`insert into audit_log (id, action, actor, subject_type, subject_id, hash, detail, policy_version, tenant_id, run_id, created_at)
      select ${newId()}::uuid, ${action}::text, ${actor}::text, ${subjectType}::text, ${subjectId}::text, ${hash}::text,
        ${JSON.stringify(detail)}::json, ${policyVersion}::text, ${rest}`,
  );
}

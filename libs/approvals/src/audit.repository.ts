import { Injectable } from '@nestjs/common';
import type { ApprovalAuditLine, MethodResult } from '@assent/contract';
import { Database, sql } from '@assent/platform';

type AuditRow = Omit<ApprovalAuditLine, 'at'> & { readonly at: Date };

/** Reads of the audit, one statement per method. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  /** Audit rows of an approval, of its revisions, and of their application. */
  async ofApproval(
    tenantId: string,
    approvalId: string,
    after: string | null,
    limit: number,
  ): Promise<MethodResult<'approval/audit/list'>> {
    const rows = await this.database.query<AuditRow>(sql`
      with about as (
        select ${approvalId}::text as id union
        select diffs.id::text from approvals join diffs on diffs.run_id = approvals.run_id and diffs.step = approvals.step
          where approvals.id = ${approvalId} and approvals.tenant_id = ${tenantId} and diffs.tenant_id = ${tenantId}
      )
      select audit_log.id, action, actor, subject_type as "subjectType", subject_id as "subjectId", run_id as "runId", hash, detail,
        created_at as at
      from audit_log join about on about.id = audit_log.subject_id
      where audit_log.tenant_id = ${tenantId} ${after === null ? sql`` : sql`and audit_log.id > ${after}`}
      order by audit_log.id limit ${limit}`);
    return {
      items: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
      cursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
    };
  }
}

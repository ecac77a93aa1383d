import { Injectable } from '@nestjs/common';
import { Database, sql, type Sql } from '@assent/platform';
import type { AuditLine, ChainHead } from '@assent/contract';

export interface AuditFilter {
  readonly action: string | null;
  readonly actor: string | null;
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly runId: string | null;
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
  /** Position of the last line of the page before; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

/** Positions are far below 2^53. */
const LINE: Sql = sql`tenant_id as "tenantId", position::double precision as position, previous_hash as "previousHash", id, action, actor,
  subject_type as "subjectType", subject_id as "subjectId", run_id as "runId", hash, policy_version as "policyVersion", detail::text as detail,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt", row_hash as "rowHash"`;

/** Reads of the audit; it is written by the statements that make the changes (recordAudit, auditChange). */
@Injectable()
export class ChainRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  list(tenantId: string, filter: AuditFilter): Promise<AuditLine[]> {
    const { action, actor, subjectType, subjectId, runId, from, to, before, limit } = filter;
    return this.database.query<AuditLine>(sql`select ${LINE} from audit_log
      where tenant_id = ${tenantId} and (${before}::bigint is null or position < ${before}::bigint)
        and (${action}::text is null or action = ${action}) and (${actor}::text is null or actor = ${actor})
        and (${subjectType}::text is null or subject_type = ${subjectType}) and (${subjectId}::text is null or subject_id = ${subjectId})
        and (${runId}::uuid is null or run_id = ${runId}::uuid)
        and (${from}::timestamptz is null or created_at >= ${from}) and (${to}::timestamptz is null or created_at < ${to})
      order by audit_log.position desc limit ${limit}`);
  }

  /** The chain in its order, after a position. */
  page(tenantId: string, after: number, limit: number): Promise<AuditLine[]> {
    return this.database.query<AuditLine>(sql`select ${LINE} from audit_log
      where tenant_id = ${tenantId} and position > ${after}::bigint order by audit_log.position limit ${limit}`);
  }

  /** @returns undefined if the tenant has no chain yet */
  async head(tenantId: string): Promise<ChainHead | undefined> {
    const rows = await this.database.query<ChainHead>(
      sql`select position::double precision as position, hash from audit_heads where tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  /** Every tenant that has a chain, or a line. */
  async tenants(): Promise<string[]> {
    const rows = await this.database.query<{ tenantId: string }>(
      sql`select tenant_id as "tenantId" from audit_heads union select distinct tenant_id from audit_log order by 1`,
    );
    return rows.map(({ tenantId }) => tenantId);
  }
}

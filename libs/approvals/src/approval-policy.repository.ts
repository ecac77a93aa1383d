import { Injectable } from '@nestjs/common';
import { recordAudit } from '@assent/audit';
import { Database, cte, isUniqueViolation, sql, withCtes, RUN } from '@assent/platform';

export interface ApprovalPolicyRecord {
  readonly version: number;
  /** The rules as they were validated and stored. */
  readonly rules: readonly Record<string, unknown>[];
  readonly actor: string;
  readonly updatedAt: Date;
}

/** The approval policies of tenants, one statement per method. */
@Injectable()
export class ApprovalPolicyRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string): Promise<ApprovalPolicyRecord | undefined> {
    const rows = await this.database.query<ApprovalPolicyRecord>(sql`
      select version, rules, actor, updated_at as "updatedAt" from approval_policies
      where tenant_id = ${tenantId} order by version desc limit 1`);
    return rows[0];
  }

  /**
   * Adds the version after `version`, with its audit row.
   * @returns undefined if `version` is not the newest
   */
  async insertAfter(
    tenantId: string,
    version: number,
    rules: readonly unknown[],
    actor: string,
  ): Promise<ApprovalPolicyRecord | undefined> {
    const inserted = cte(
      'insert_approval_policies',
      sql`insert into approval_policies (tenant_id, version, rules, actor, updated_at)
        select ${tenantId}, ${version}::integer + 1, ${JSON.stringify(rules)}::json, ${actor}, date_trunc('milliseconds', now())
        where ${version}::integer = (select coalesce(max(version), 0) from approval_policies where tenant_id = ${tenantId})
        returning tenant_id, version, rules, actor, updated_at`,
    );
    const run = cte(
      RUN.name,
      sql`select null::uuid as id, tenant_id as "tenantId", updated_at as "updatedAt" from ${inserted}`,
    );
    const audited = recordAudit({
      action: 'policy.change',
      actor,
      subjectType: 'policy',
      subjectId: 'approval',
      hash: null,
      detail: { version: version + 1, rules },
    });
    try {
      const rows = await this.database.queryDedicated<ApprovalPolicyRecord>(
        withCtes(
          [inserted, run, audited],
          sql`select version, rules, actor, updated_at as "updatedAt" from ${inserted}`,
        ),
      );
      return rows[0];
    } catch (error) {
      // Two writers saw the same version; the other one committed first.
      if (isUniqueViolation(error, 'approval_policies_pkey')) return undefined;
      throw error;
    }
  }
}

import { Injectable } from '@nestjs/common';
import { Database, contentHashOf, cte, isUniqueViolation, sql, withCtes } from '@assent/platform';
import { auditChange } from '@assent/audit';

export interface ToolPolicyRecord {
  readonly version: number;
  /** Rules as checked and stored. */
  readonly rules: readonly Record<string, unknown>[];
  readonly maxCalls: number | null;
  readonly actor: string;
  readonly updatedAt: Date;
}

/** Tenants' policies, one statement per method. */
@Injectable()
export class ToolPolicyRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string): Promise<ToolPolicyRecord | undefined> {
    const rows = await this.database.query<ToolPolicyRecord>(sql`
      select version, rules, max_calls as "maxCalls", actor, updated_at as "updatedAt" from tool_policies
      where tenant_id = ${tenantId} order by version desc limit 1`);
    return rows[0];
  }

  /** Adds the version after `version`. @returns undefined when `version` is not the newest */
  async insertAfter(
    tenantId: string,
    version: number,
    policy: Pick<ToolPolicyRecord, 'rules' | 'maxCalls' | 'actor'>,
  ): Promise<ToolPolicyRecord | undefined> {
    const rules = JSON.stringify(policy.rules);
    const inserted = cte(
      'insert_tool_policies',
      sql`insert into tool_policies (tenant_id, version, rules, max_calls, actor, updated_at)
      select ${tenantId}, ${version}::integer + 1, ${rules}::json, ${policy.maxCalls}::integer, ${policy.actor}, now()
      where ${version}::integer = (select coalesce(max(version), 0) from tool_policies where tenant_id = ${tenantId})
      returning version, rules, max_calls as "maxCalls", actor, updated_at as "updatedAt"`,
    );
    const audited = auditChange(
      tenantId,
      {
        action: 'tool_policy.set',
        actor: policy.actor,
        subjectType: 'tool_policy',
        subjectId: tenantId,
        hash: contentHashOf(rules),
        detail: { version: version + 1, rules: policy.rules.length, maxCalls: policy.maxCalls },
        policyVersion: `tool:${version + 1}`,
      },
      inserted,
    );
    try {
      const rows = await this.database.query<ToolPolicyRecord>(
        withCtes([inserted, audited], sql`select * from ${inserted}`),
      );
      return rows[0];
    } catch (error) {
      // Two writers saw the same version; the other committed first.
      if (isUniqueViolation(error, 'tool_policies_pkey')) return undefined;
      throw error;
    }
  }
}

import { Injectable } from '@nestjs/common';
import { Database, isUniqueViolation, sql } from '@assent/platform';

export interface ToolPolicyRecord {
  readonly version: number;
  /** As they were checked and written. */
  readonly rules: readonly Record<string, unknown>[];
  readonly maxCalls: number | null;
  readonly actor: string;
  readonly updatedAt: Date;
}

/** Tenants' policies, one statement a method. */
@Injectable()
export class ToolPolicyRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string): Promise<ToolPolicyRecord | undefined> {
    const rows = await this.database.query<ToolPolicyRecord>(sql`
      select version, rules, max_calls as "maxCalls", actor, updated_at as "updatedAt" from tool_policies
      where tenant_id = ${tenantId} order by version desc limit 1`);
    return rows[0];
  }

  /** Adds the version after `version`. @returns undefined when that is not the newest any more */
  async insertAfter(
    tenantId: string,
    version: number,
    policy: Pick<ToolPolicyRecord, 'rules' | 'maxCalls' | 'actor'>,
  ): Promise<ToolPolicyRecord | undefined> {
    try {
      const rows = await this.database.query<ToolPolicyRecord>(sql`
        insert into tool_policies (tenant_id, version, rules, max_calls, actor, updated_at)
        select ${tenantId}, ${version}::integer + 1, ${JSON.stringify(policy.rules)}::json, ${policy.maxCalls}::integer, ${policy.actor}, now()
        where ${version}::integer = (select coalesce(max(version), 0) from tool_policies where tenant_id = ${tenantId})
        returning version, rules, max_calls as "maxCalls", actor, updated_at as "updatedAt"`);
      return rows[0];
    } catch (error) {
      // Two saw the same version; the other one was first.
      if (isUniqueViolation(error, 'tool_policies_pkey')) return undefined;
      throw error;
    }
  }
}

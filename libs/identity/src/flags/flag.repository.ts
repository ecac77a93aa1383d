import { Injectable } from '@nestjs/common';
import type { Flag, Principal } from '@assent/contract';
import { auditChange, type AuditEntry } from '@assent/audit';
import { Database, cte, sql, withCtes } from '@assent/platform';

export interface FlagRecord {
  readonly flag: Flag;
  readonly enabled: boolean;
  readonly actor: string;
  readonly updatedAt: Date;
}

const COLUMNS = sql`flag, enabled, actor, updated_at as "updatedAt"`;

/** Tenants' own settings, one statement per method; a change and its audit row are one statement. */
@Injectable()
export class FlagRepository {
  constructor(private readonly database: Database) {}

  of(tenantId: string): Promise<FlagRecord[]> {
    return this.database.query<FlagRecord>(sql`select ${COLUMNS} from feature_flags where tenant_id = ${tenantId}`);
  }

  async set({ tenantId, subject }: Principal, flag: Flag, enabled: boolean): Promise<void> {
    const changed = cte(
      'insert_feature_flags',
      sql`insert into feature_flags (tenant_id, flag, enabled, actor, updated_at)
      values (${tenantId}, ${flag}, ${enabled}, ${subject}, now())
      on conflict on constraint feature_flags_pkey do update
      set enabled = excluded.enabled, actor = excluded.actor, updated_at = excluded.updated_at returning tenant_id`,
    );
    await this.database.query(
      withCtes(
        [changed, auditChange(tenantId, lineOf('flag.set', subject, flag, { enabled }), changed)],
        sql`select from ${changed}`,
      ),
    );
  }

  async clear({ tenantId, subject }: Principal, flag: Flag): Promise<void> {
    const changed = cte(
      'delete_feature_flags',
      sql`delete from feature_flags where tenant_id = ${tenantId} and flag = ${flag} returning tenant_id`,
    );
    await this.database.query(
      withCtes(
        [changed, auditChange(tenantId, lineOf('flag.clear', subject, flag, {}), changed)],
        sql`select from ${changed}`,
      ),
    );
  }

  /** The number of tenants with a setting of their own, per flag and value; over all tenants, for operators. */
  countOfAll(): Promise<{ flag: Flag; enabled: boolean; tenants: number }[]> {
    return this.database.query(
      sql`select flag, enabled, count(*)::integer as tenants from feature_flags group by flag, enabled`,
    );
  }
}

function lineOf(action: AuditEntry['action'], actor: string, flag: Flag, detail: AuditEntry['detail']): AuditEntry {
  return { action, actor, subjectType: 'flag', subjectId: flag, hash: null, detail };
}

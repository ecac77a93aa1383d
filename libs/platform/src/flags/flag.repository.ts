import { Injectable } from '@nestjs/common';
import type { Flag, Principal } from '@assent/contract';
import { Database } from '../database/database';
import { cte, sql, withCtes, type Cte } from '../database/sql';
import { newId } from '../ids';

export interface FlagRecord {
  readonly flag: Flag;
  readonly enabled: boolean;
  readonly actor: string;
  readonly updatedAt: Date;
}

const COLUMNS = sql`flag, enabled, actor, updated_at as "updatedAt"`;

/** Tenants' own settings, one statement a method; a change and its audit row are one statement. */
@Injectable()
export class FlagRepository {
  constructor(private readonly database: Database) {}

  of(tenantId: string): Promise<FlagRecord[]> {
    return this.database.query<FlagRecord>(sql`select ${COLUMNS} from feature_flags where tenant_id = ${tenantId}`);
  }

  async set({ tenantId, subject }: Principal, flag: Flag, enabled: boolean): Promise<void> {
    const changed = sql`insert into feature_flags (tenant_id, flag, enabled, actor, updated_at)
      values (${tenantId}, ${flag}, ${enabled}, ${subject}, now())
      on conflict on constraint feature_flags_pkey do update
      set enabled = excluded.enabled, actor = excluded.actor, updated_at = excluded.updated_at returning tenant_id`;
    await this.database.query(
      withCtes([cte('changed', changed), audited('flag.set', subject, flag, { enabled })], sql`select from changed`),
    );
  }

  async clear({ tenantId, subject }: Principal, flag: Flag): Promise<void> {
    const changed = sql`delete from feature_flags where tenant_id = ${tenantId} and flag = ${flag} returning tenant_id`;
    await this.database.query(
      withCtes([cte('changed', changed), audited('flag.clear', subject, flag, {})], sql`select from changed`),
    );
  }

  /** How many tenants have switched a flag on or off by themselves; over all tenants, for whoever watches the server. */
  countOfAll(): Promise<{ flag: Flag; enabled: boolean; tenants: number }[]> {
    return this.database.query(
      sql`select flag, enabled, count(*)::integer as tenants from feature_flags group by flag, enabled`,
    );
  }
}

function audited(action: string, actor: string, flag: Flag, detail: Readonly<Record<string, unknown>>): Cte {
  return cte(
    'audited',
    sql`insert into audit_log (id, tenant_id, action, actor, subject_type, subject_id, detail, created_at)
      select ${newId()}, tenant_id, ${action}, ${actor}, 'flag', ${flag}, ${JSON.stringify(detail)}::json, now() from changed`,
  );
}

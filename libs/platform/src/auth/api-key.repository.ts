import { Injectable } from '@nestjs/common';
import type { Scope } from '@assent/contract';
import { Database } from '../database/database';
import { auditChange } from '../audit/audit';
import { cte, sql, withCtes, type Cte, type Sql } from '../database/sql';

/** A key as it is stored, without its secret's hash. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly roles: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  /** On the database's clock. */
  readonly state: 'live' | 'expired' | 'revoked';
}

export interface NewApiKey extends Pick<ApiKeyRecord, 'id' | 'tenantId' | 'name' | 'subject' | 'scopes' | 'roles'> {
  readonly createdBy: string;
  readonly secretHash: string;
  readonly expiresAt: Date | null;
}

/** Live keys of a tenant: far above what people make, far below what would slow anything down. */
export const LIVE_KEYS_MAX = 1_000;
/** How far `last_used_at` may be behind: a write a request would cost more than the answer is worth. */
const LAST_USED_STEP_SECONDS = 3_600;

const COLUMNS: Sql = sql`id, tenant_id as "tenantId", name, subject, scopes, roles, created_by as "createdBy", created_at as "createdAt",
  expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt",
  case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' else 'live' end as state`;
const NOW: Sql = sql`date_trunc('milliseconds', now())`;
const IS_LIVE: Sql = sql`revoked_at is null and (expires_at is null or expires_at > now())`;

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly database: Database) {}

  /** For authentication: of any tenant, with its hash; notes that it was used. */
  async use(id: string): Promise<(ApiKeyRecord & { readonly secretHash: string }) | undefined> {
    const rows = await this.database.query<ApiKeyRecord & { secretHash: string }>(sql`
      with used as (
        update api_keys set last_used_at = ${NOW} where id = ${id} and ${IS_LIVE}
          and (last_used_at is null or last_used_at < now() - make_interval(secs => ${LAST_USED_STEP_SECONDS})))
      select ${COLUMNS}, secret_hash as "secretHash" from api_keys where id = ${id}`);
    return rows[0];
  }

  /** @returns undefined when the tenant has as many live keys as it may */
  async insert(key: NewApiKey): Promise<ApiKeyRecord | undefined> {
    const detail = { name: key.name, subject: key.subject, scopes: key.scopes, roles: key.roles };
    const made = cte(
      'made',
      sql`insert into api_keys (id, tenant_id, name, subject, scopes, roles, secret_hash, created_by, created_at, expires_at)
        select ${key.id}, ${key.tenantId}, ${key.name}, ${key.subject}, ${key.scopes}::text[], ${key.roles}::text[], ${key.secretHash},
          ${key.createdBy}, ${NOW}, ${key.expiresAt}::timestamptz
        where (select count(*) from api_keys where tenant_id = ${key.tenantId} and ${IS_LIVE}) < ${LIVE_KEYS_MAX}
        returning *`,
    );
    const audited = changed('key.create', key.tenantId, key.id, key.createdBy, detail);
    const rows = await this.database.query<ApiKeyRecord>(withCtes([made, audited], sql`select ${COLUMNS} from made`));
    return rows[0];
  }

  async list(tenantId: string, before: string | null, limit: number): Promise<ApiKeyRecord[]> {
    return this.database.query<ApiKeyRecord>(sql`select ${COLUMNS} from api_keys
      where tenant_id = ${tenantId} and (${before}::uuid is null or id < ${before}) order by id desc limit ${limit}`);
  }

  async find(tenantId: string, id: string): Promise<ApiKeyRecord | undefined> {
    const rows = await this.database.query<ApiKeyRecord>(
      sql`select ${COLUMNS} from api_keys where tenant_id = ${tenantId} and id = ${id}`,
    );
    return rows[0];
  }

  /** Does nothing to a key that is revoked already. @returns whether this call has revoked it */
  async revoke(tenantId: string, id: string, actor: string): Promise<boolean> {
    const made = cte(
      'made',
      sql`update api_keys set revoked_at = ${NOW}, revoked_by = ${actor}
        where tenant_id = ${tenantId} and id = ${id} and revoked_at is null returning id`,
    );
    const audited = changed('key.revoke', tenantId, id, actor, {});
    const rows = await this.database.query(withCtes([made, audited], sql`select id from made`));
    return rows.length > 0;
  }

  /** Whether anybody, of any tenant, could come in by a key. */
  async hasLive(): Promise<boolean> {
    return (await this.database.query(sql`select from api_keys where ${IS_LIVE} limit 1`)).length > 0;
  }
}

/** The audit row of the change that the part `made` makes. */
function changed(
  action: 'key.create' | 'key.revoke',
  tenantId: string,
  id: string,
  actor: string,
  detail: object,
): Cte {
  return auditChange(
    tenantId,
    { action, actor, subjectType: 'key', subjectId: id, hash: null, detail: { ...detail } },
    'made',
  );
}

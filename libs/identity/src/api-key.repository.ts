import { Injectable } from '@nestjs/common';
import type { Scope } from '@assent/contract';
import { Database, cte, sql, withCtes, type Cte, type Reference, type Sql } from '@assent/platform';
import { auditChange } from '@assent/audit';

/** A key as stored, without the hash of its secret. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly roles: readonly string[];
  readonly createdBy: string;
  /** The credential at the root of the key's ancestors; null: created by an older version. */
  readonly origin: string | null;
  /** The people behind the issuing credential, the nearest first. */
  readonly issuers: readonly string[];
  readonly isSession: boolean;
  readonly mcpServers: readonly string[] | null;
  readonly tools: readonly string[] | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  /** On the database's clock. */
  readonly state: 'live' | 'expired' | 'revoked';
}

export interface NewApiKey extends Pick<
  ApiKeyRecord,
  'id' | 'tenantId' | 'name' | 'subject' | 'scopes' | 'roles' | 'issuers' | 'isSession' | 'mcpServers' | 'tools'
> {
  readonly createdBy: string;
  readonly secretHash: string;
  readonly expiresAt: Date | null;
  /** The issuing key, or the issuing credential. */
  readonly issuedWith: { readonly key: string } | { readonly origin: string };
}

/** Maximum number of live keys per tenant: far above normal use, far below any effect on speed. */
export const LIVE_KEYS_MAX = 1_000;
/** Maximum delay of `last_used_at`: a write per request would cost more than the value is worth. */
const LAST_USED_STEP_SECONDS = 3_600;

/**
 * The time when a key was revoked, directly or through an ancestor. Computed on each use instead of written to derived
 * keys, so that a key created during the revocation of its issuer is covered.
 */
const REVOKED_AT: Sql = sql`least(revoked_at, (select min(maker_revoked_at)
  from (select id as maker_id, revoked_at as maker_revoked_at from api_keys) makers where maker_id = any(ancestors)))`;
const COLUMNS: Sql = sql`id, tenant_id as "tenantId", name, subject, scopes, roles, created_by as "createdBy", origin,
  coalesce(issuers, array[created_by]) as issuers, is_session as "isSession", mcp_servers as "mcpServers", tools, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt",
  ${REVOKED_AT} as "revokedAt",
  case when ${REVOKED_AT} is not null then 'revoked' when expires_at <= now() then 'expired' else 'live' end as state`;
const NOW: Sql = sql`date_trunc('milliseconds', now())`;
const IS_LIVE: Sql = sql`${REVOKED_AT} is null and (expires_at is null or expires_at > now())`;

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly database: Database) {}

  /** The key of any tenant with its hash, for authentication; also records the use. */
  async use(id: string): Promise<(ApiKeyRecord & { readonly secretHash: string }) | undefined> {
    const rows = await this.database.query<ApiKeyRecord & { secretHash: string }>(sql`
      with used as (
        update api_keys set last_used_at = ${NOW} where id = ${id} and ${IS_LIVE}
          and (last_used_at is null or last_used_at < now() - make_interval(secs => ${LAST_USED_STEP_SECONDS})))
      select ${COLUMNS}, secret_hash as "secretHash" from api_keys where id = ${id}`);
    return rows[0];
  }

  /** @returns undefined if the tenant has the maximum number of live keys */
  async insert(key: NewApiKey): Promise<ApiKeyRecord | undefined> {
    const { name, subject, scopes, roles, mcpServers, tools } = key;
    const detail = { name, subject, scopes, roles, ...(mcpServers && { mcpServers }), ...(tools && { tools }) };
    const [issuer, origin] = 'key' in key.issuedWith ? [key.issuedWith.key, null] : [null, key.issuedWith.origin];
    const made = cte(
      'insert_api_keys',
      sql`insert into api_keys (id, tenant_id, name, subject, scopes, roles, secret_hash, created_by, issuers, is_session, mcp_servers, tools, created_at, expires_at,
          ancestors, origin)
        select ${key.id}, ${key.tenantId}, ${key.name}, ${key.subject}, ${key.scopes}::text[], ${key.roles}::text[], ${key.secretHash},
          ${key.createdBy}, ${key.issuers}::text[], ${key.isSession}::boolean, ${key.mcpServers}::text[], ${key.tools}::text[], ${NOW}, ${key.expiresAt}::timestamptz, coalesce(maker.ancestors || maker.id, '{}'),
          coalesce(maker.origin, ${origin}::text)
        from (select) one left join api_keys maker on maker.id = ${issuer}::uuid and maker.tenant_id = ${key.tenantId}
        where (select count(*) from api_keys where tenant_id = ${key.tenantId} and ${IS_LIVE}) < ${LIVE_KEYS_MAX}
        returning *`,
    );
    const action = key.isSession ? 'session.open' : 'key.create';
    const audited = changed(action, key.tenantId, key.id, key.createdBy, detail, made);
    const rows = await this.database.query<ApiKeyRecord>(
      withCtes([made, audited], sql`select ${COLUMNS} from ${made}`),
    );
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

  /**
   * Does nothing if the key is already revoked.
   * @returns whether this call revoked it
   */
  async revoke(tenantId: string, id: string, actor: string): Promise<boolean> {
    const made = cte(
      'update_api_keys',
      sql`update api_keys set revoked_at = ${NOW}, revoked_by = ${actor}
        where tenant_id = ${tenantId} and id = ${id} and revoked_at is null returning id`,
    );
    const audited = changed('key.revoke', tenantId, id, actor, {}, made);
    const rows = await this.database.query(withCtes([made, audited], sql`select id from ${made}`));
    return rows.length > 0;
  }

  /** Live sessions of a subject beyond the newest ones, oldest last. */
  async sessionsBeyond(tenantId: string, subject: string, newest: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`select id from api_keys
      where tenant_id = ${tenantId} and subject = ${subject} and is_session and ${IS_LIVE}
      order by created_at desc, id desc offset ${newest}`);
    return rows.map(({ id }) => id);
  }

  /** Whether any key of any tenant works without a local principal; keys derived from a local principal do not. */
  async hasLive(): Promise<boolean> {
    const rows = await this.database.query(
      sql`select from api_keys where ${IS_LIVE} and coalesce(origin, '') not like 'local:%' limit 1`,
    );
    return rows.length > 0;
  }
}

/** The audit row of the change that the part `made` writes. */
function changed(
  action: 'key.create' | 'session.open' | 'key.revoke',
  tenantId: string,
  id: string,
  actor: string,
  detail: object,
  made: Reference,
): Cte {
  return auditChange(
    tenantId,
    { action, actor, subjectType: 'key', subjectId: id, hash: null, detail: { ...detail } },
    made,
  );
}

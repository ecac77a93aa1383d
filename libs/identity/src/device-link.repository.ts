import { Injectable } from '@nestjs/common';
import { Database, contentHashOf, newSecret, sql } from '@assent/platform';

/** The session behind a link. */
export interface LinkedSession {
  readonly tenantId: string;
  readonly keyId: string;
}

/** One-time links of sessions for another device; only the hash of a token is stored. */
@Injectable()
export class DeviceLinkRepository {
  constructor(private readonly database: Database) {}

  /** Replaces the session's former link, and removes expired links of the tenant. @returns the token, only this time */
  async create({ tenantId, keyId }: LinkedSession, lifeSeconds: number): Promise<{ token: string; expiresAt: Date }> {
    const token = newSecret();
    const rows = await this.database.query<{ expiresAt: Date }>(sql`
      with expired as (
        delete from session_links where tenant_id = ${tenantId} and expires_at <= now() and key_id <> ${keyId}
      )
      insert into session_links (key_id, tenant_id, token_hash, expires_at)
      values (${keyId}, ${tenantId}, ${contentHashOf(token)}, date_trunc('milliseconds', now()) + make_interval(secs => ${lifeSeconds}))
      on conflict (key_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at
      returning expires_at as "expiresAt"`);
    return { token, expiresAt: rows[0]?.expiresAt ?? new Date(0) };
  }

  /** Uses a link up: of two concurrent calls, one finds nothing. @returns undefined: no such link, or it has expired */
  async take(token: string): Promise<LinkedSession | undefined> {
    const rows = await this.database.query<LinkedSession & { readonly valid: boolean }>(sql`
      delete from session_links where token_hash = ${contentHashOf(token)}
      returning tenant_id as "tenantId", key_id as "keyId", expires_at > now() as valid`);
    return rows.find(({ valid }) => valid);
  }
}

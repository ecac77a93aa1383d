import { Injectable } from '@nestjs/common';
import { Database, cte, sql, withCtes, type Sql } from '@assent/platform';
import { auditChange, type AuditEntry } from '@assent/audit';
import type { People } from '@assent/identity';
import { CALLBACK_BY, ENDPOINT_COLUMNS, MAPPED_SECRET, SECRET_BY, type EndpointRecord } from './endpoint.record';

export interface NewEndpoint {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly secret: ShownSecret;
}

/** A secret that is shown once. */
export interface ShownSecret {
  readonly sealed: string;
  /** The people behind the credential that it is shown to. */
  readonly to: People;
}

/** A key that signs callbacks. */
export interface CallbackKey {
  readonly secret: ShownSecret;
  readonly roles: readonly string[];
  readonly actors: 'self' | 'mapped';
}

export interface EndpointChange {
  readonly url?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | undefined;
}

/** The audit data of a change: who and what, without secrets. */
type Note = Pick<AuditEntry, 'actor' | 'action' | 'detail'>;

const NOW: Sql = sql`date_trunc('milliseconds', now())`;
/** A removed endpoint stays until the housekeeping has removed its deliveries. */
const LIVE: Sql = sql`state <> 'removed'`;

/** Endpoints, one statement per method; a change and its audit row are one statement. */
@Injectable()
export class EndpointRepository {
  constructor(private readonly database: Database) {}

  /** @returns undefined if the tenant has `limit` endpoints already */
  async insert(
    tenantId: string,
    endpoint: NewEndpoint,
    limit: number,
    note: Note,
  ): Promise<EndpointRecord | undefined> {
    const { id, url, events, description, secret } = endpoint;
    const inserted = sql`insert into webhook_endpoints
        (id, tenant_id, url, events, description, state, secret, secret_by, made_by, created_by, created_at, updated_at)
      select ${id}::uuid, ${tenantId}::text, ${url}::text, ${events}::text[], ${description}::text, 'enabled', ${secret.sealed}::text,
        ${secret.to}::text[], ${secret.to}::text[], ${note.actor}::text, ${NOW}, ${NOW}
      where (select count(*) from webhook_endpoints where tenant_id = ${tenantId}::text and ${LIVE}) < ${limit}::integer
      returning ${ENDPOINT_COLUMNS}`;
    return this.changed(tenantId, id, inserted, note);
  }

  async find(tenantId: string, id: string): Promise<EndpointRecord | undefined> {
    const rows = await this.database.query<EndpointRecord>(
      sql`select ${ENDPOINT_COLUMNS} from webhook_endpoints where id = ${id} and tenant_id = ${tenantId} and ${LIVE}`,
    );
    return rows[0];
  }

  list(tenantId: string, after: string | null, limit: number): Promise<EndpointRecord[]> {
    return this.database.query<EndpointRecord>(sql`
      select ${ENDPOINT_COLUMNS} from webhook_endpoints
      where tenant_id = ${tenantId} and ${LIVE} and (${after}::uuid is null or id > ${after}::uuid) order by id limit ${limit}`);
  }

  /** Enabling the endpoint, or changing its address, resets its failures. */
  update(tenantId: string, id: string, change: EndpointChange, note: Note): Promise<EndpointRecord | undefined> {
    const { url = null, events = null, enabled = null } = change;
    const fresh = enabled === true || url !== null;
    const updated = sql`update webhook_endpoints set url = coalesce(${url}::text, url), events = coalesce(${events}::text[], events),
        description = case when ${change.description !== undefined} then ${change.description ?? null}::text else description end,
        state = case ${enabled}::boolean when true then 'enabled' when false then 'disabled' else state end,
        disabled_reason = case ${enabled}::boolean when true then null when false then 'manual' else disabled_reason end,
        failures = case when ${fresh} then 0 else failures end, failing_since = case when ${fresh} then null else failing_since end,
        updated_at = ${NOW}
      where id = ${id}::uuid and tenant_id = ${tenantId}::text and ${LIVE} returning ${ENDPOINT_COLUMNS}`;
    return this.changed(tenantId, id, updated, note);
  }

  /**
   * The previous secret continues to sign beside the new one for `overlapSeconds`.
   * @returns undefined also if the callback key of `read` has changed
   */
  rotate(tenantId: string, read: EndpointRecord, { sealed, to }: ShownSecret, overlapSeconds: number, note: Note) {
    const { id, callbackActors, callbackBy } = read;
    const rotated = sql`update webhook_endpoints set previous_secret = case when ${overlapSeconds}::integer > 0 then secret end,
        previous_until = case when ${overlapSeconds}::integer > 0 then ${NOW} + make_interval(secs => ${overlapSeconds}::integer) end,
        previous_secret_by = coalesce(secret_by, array[created_by]), secret = ${sealed}::text, secret_by = ${to}::text[], updated_at = ${NOW}
      where id = ${id}::uuid and tenant_id = ${tenantId}::text and ${LIVE}
        and (${MAPPED_SECRET} is not null) = ${callbackActors === 'mapped'} and ${CALLBACK_BY} is not distinct from ${callbackBy}::text[]
      returning ${ENDPOINT_COLUMNS}`;
    return this.changed(tenantId, id, rotated, note);
  }

  /** @returns undefined also if the people of `read` who know its secret have changed */
  grant(tenantId: string, read: EndpointRecord, { secret, roles, actors }: CallbackKey, note: Note) {
    const { id, secretBy } = read;
    const isMapped = actors === 'mapped';
    const granted = sql`update webhook_endpoints set callback_secret = ${isMapped ? null : secret.sealed}::text,
        callback_mapped_secret = ${isMapped ? secret.sealed : null}::text, callback_roles = ${roles}::text[],
        callback_issuer = ${note.actor}::text, callback_by = ${secret.to}::text[], updated_at = ${NOW}
      where id = ${id}::uuid and tenant_id = ${tenantId}::text and ${LIVE} and ${SECRET_BY} = ${secretBy}::text[]
      returning ${ENDPOINT_COLUMNS}`;
    return this.changed(tenantId, id, granted, note);
  }

  /** Revokes the callback key. */
  revoke(tenantId: string, id: string, note: Note) {
    const revoked = sql`update webhook_endpoints set callback_secret = null, callback_mapped_secret = null, callback_roles = '{}',
        callback_issuer = null, callback_by = null, updated_at = ${NOW}
      where id = ${id}::uuid and tenant_id = ${tenantId}::text and ${LIVE} returning ${ENDPOINT_COLUMNS}`;
    return this.changed(tenantId, id, revoked, note);
  }

  /** Re-encrypts a secret in each column that still holds it; a concurrent rotation wins. */
  async reseal(id: string, stored: string, sealed: string): Promise<void> {
    await this.database.queryDedicated(sql`update webhook_endpoints set
        secret = case when secret = ${stored}::text then ${sealed}::text else secret end,
        previous_secret = case when previous_secret = ${stored}::text then ${sealed}::text else previous_secret end,
        callback_secret = case when callback_secret = ${stored}::text then ${sealed}::text else callback_secret end,
        callback_mapped_secret = case when callback_mapped_secret = ${stored}::text then ${sealed}::text else callback_mapped_secret end
      where id = ${id}::uuid and ${stored}::text in (secret, previous_secret, callback_secret, callback_mapped_secret)`);
  }

  /** Deletes its address and secrets at once; the next housekeeping deletes its deliveries. */
  async remove(tenantId: string, id: string, note: Note): Promise<EndpointRecord | undefined> {
    const removed = sql`update webhook_endpoints set state = 'removed', url = '', secret = '', previous_secret = null, callback_secret = null,
        callback_mapped_secret = null, description = null, updated_at = ${NOW}
      where id = ${id}::uuid and tenant_id = ${tenantId}::text and ${LIVE} returning ${ENDPOINT_COLUMNS}`;
    return this.changed(tenantId, id, removed, note);
  }

  private async changed(tenantId: string, id: string, change: Sql, note: Note): Promise<EndpointRecord | undefined> {
    const changed = cte('write_webhook_endpoints', change);
    const audited = auditChange(tenantId, { ...note, subjectType: 'webhook', subjectId: id, hash: null }, changed);
    const [row] = await this.database.query<EndpointRecord>(
      withCtes([changed, audited], sql`select * from ${changed}`),
    );
    return row;
  }
}

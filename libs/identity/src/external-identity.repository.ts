import { Injectable } from '@nestjs/common';
import { auditChange, type AuditEntry } from '@assent/audit';
import { Database, cte, sql, withCtes, type Cte, type Sql } from '@assent/platform';
import type { People } from './people';

/** An account at another provider, mapped to a subject. */
export interface ExternalIdentityRecord {
  readonly id: string;
  readonly provider: string;
  readonly externalId: string;
  readonly subject: string;
  readonly roles: readonly string[];
  /** The people behind the credential that mapped it. */
  readonly mappedBy: People;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export type NewExternalIdentity = Omit<ExternalIdentityRecord, 'createdAt'>;

/** An account at a provider. */
export interface ExternalAccount {
  readonly provider: string;
  readonly externalId: string;
}

const COLUMNS: Sql = sql`id, provider, external_id as "externalId", subject, roles, mapped_by as "mappedBy",
  created_by as "createdBy", created_at as "createdAt"`;

/** Mapped accounts, one statement per method; a change and its audit row are one statement. */
@Injectable()
export class ExternalIdentityRepository {
  constructor(private readonly database: Database) {}

  /** @returns undefined if the account is mapped already, or the tenant has `limit` of them */
  async insert(
    tenantId: string,
    identity: NewExternalIdentity,
    limit: number,
  ): Promise<ExternalIdentityRecord | undefined> {
    const { id, provider, externalId, subject, roles, mappedBy, createdBy } = identity;
    const made = cte(
      'insert_identities',
      sql`insert into identities (id, tenant_id, provider, external_id, subject, roles, mapped_by, created_by, created_at)
        select ${id}::uuid, ${tenantId}::text, ${provider}::text, ${externalId}::text, ${subject}::text, ${roles}::text[],
          ${mappedBy}::text[], ${createdBy}::text, date_trunc('milliseconds', now())
        where (select count(*) from identities where tenant_id = ${tenantId}::text) < ${limit}::integer
        on conflict (tenant_id, provider, external_id) do nothing returning *`,
    );
    const detail = { provider, externalId, subject, roles };
    const audited = changed('identity.create', tenantId, id, createdBy, detail, made);
    const [row] = await this.database.query<ExternalIdentityRecord>(
      withCtes([made, audited], sql`select ${COLUMNS} from ${made}`),
    );
    return row;
  }

  async find(tenantId: string, { provider, externalId }: ExternalAccount): Promise<ExternalIdentityRecord | undefined> {
    const [row] = await this.database.query<ExternalIdentityRecord>(sql`select ${COLUMNS} from identities
      where tenant_id = ${tenantId} and provider = ${provider} and external_id = ${externalId}`);
    return row;
  }

  /** Newest first. */
  list(tenantId: string, before: string | null, limit: number): Promise<ExternalIdentityRecord[]> {
    return this.database.query<ExternalIdentityRecord>(sql`select ${COLUMNS} from identities
      where tenant_id = ${tenantId} and (${before}::uuid is null or id < ${before}::uuid) order by id desc limit ${limit}`);
  }

  /** @returns whether the identity existed */
  async remove(tenantId: string, id: string, actor: string): Promise<boolean> {
    const made = cte(
      'delete_identities',
      sql`delete from identities where tenant_id = ${tenantId} and id = ${id}::uuid returning id`,
    );
    const audited = changed('identity.delete', tenantId, id, actor, {}, made);
    const rows = await this.database.query(withCtes([made, audited], sql`select id from ${made}`));
    return rows.length > 0;
  }
}

function changed(
  action: 'identity.create' | 'identity.delete',
  tenantId: string,
  id: string,
  actor: string,
  detail: AuditEntry['detail'],
  made: Cte,
): Cte {
  return auditChange(tenantId, { action, actor, subjectType: 'identity', subjectId: id, hash: null, detail }, made);
}

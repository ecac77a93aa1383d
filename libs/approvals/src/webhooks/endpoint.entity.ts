import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Where a tenant wants its events sent, and the secrets that sign them (webhook.secrets.ts says how they are kept). */
@Entity({ name: 'webhook_endpoints' })
@Index('webhook_endpoints_tenant', ['tenantId', 'id'])
export class EndpointEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_endpoints_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  url!: string;

  @Column('text', { array: true })
  events!: string[];

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text')
  state!: string;

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason!: string | null;

  @Column('text')
  secret!: string;

  @Column('text', { name: 'previous_secret', nullable: true })
  previousSecret!: string | null;

  @Column('timestamp with time zone', { name: 'previous_until', precision: 3, nullable: true })
  previousUntil!: Date | null;

  @Column('text', { name: 'callback_secret', nullable: true })
  callbackSecret!: string | null;

  @Column('text', { name: 'callback_roles', array: true, default: {} })
  callbackRoles!: string[];

  /** Who has issued the key for callbacks. */
  @Column('text', { name: 'callback_issuer', nullable: true })
  callbackIssuer!: string | null;

  @Column('integer', { default: 0 })
  failures!: number;

  @Column('timestamp with time zone', { name: 'failing_since', precision: 3, nullable: true })
  failingSince!: Date | null;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

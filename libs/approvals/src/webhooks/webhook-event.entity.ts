import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One event: its id and the very bytes that every endpoint is sent. */
@Entity({ name: 'webhook_events' })
@Index('webhook_events_tenant', ['tenantId', 'createdAt'])
@Index('webhook_events_age', ['createdAt'])
export class WebhookEventEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_events_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  type!: string;

  @Column('text')
  body!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A callback that was taken: each id counts once. */
@Entity({ name: 'webhook_callbacks' })
@Index('webhook_callbacks_age', ['createdAt'])
export class CallbackEntity {
  @PrimaryColumn('uuid', { name: 'endpoint_id', primaryKeyConstraintName: 'webhook_callbacks_pkey' })
  endpointId!: string;

  @PrimaryColumn('text', { name: 'message_id', primaryKeyConstraintName: 'webhook_callbacks_pkey' })
  messageId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'approval_id' })
  approvalId!: string;

  /** Of the request that has taken it: the same message at the same time on another replica has another one. */
  @Column('uuid')
  receipt!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

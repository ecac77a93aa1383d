import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An event on its way to one endpoint. Its job in the queue has the same id. */
@Entity({ name: 'webhook_deliveries' })
@Index('webhook_deliveries_event', ['eventId', 'endpointId'], { unique: true })
@Index('webhook_deliveries_endpoint', ['endpointId', 'createdAt', 'id'])
@Index('webhook_deliveries_pending', ['endpointId', 'nextAttemptAt'], { where: `state = 'pending'` })
@Index('webhook_deliveries_ended', ['endedAt'], { where: 'ended_at is not null' })
@Index('webhook_deliveries_dead', ['endedAt'], { where: `state = 'dead'` })
export class DeliveryEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_deliveries_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'event_id' })
  eventId!: string;

  @Column('uuid', { name: 'endpoint_id' })
  endpointId!: string;

  @Column('text')
  state!: string;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('integer')
  attempts!: number;

  @Column('integer', { name: 'round_start' })
  roundStart!: number;

  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus!: number | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'next_attempt_at', precision: 3, nullable: true })
  nextAttemptAt!: Date | null;

  @Column('timestamp with time zone', { name: 'ended_at', precision: 3, nullable: true })
  endedAt!: Date | null;
}

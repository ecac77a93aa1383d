import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One try of a delivery, and what was answered. */
@Entity({ name: 'webhook_attempts' })
export class AttemptEntity {
  @PrimaryColumn('uuid', { name: 'delivery_id', primaryKeyConstraintName: 'webhook_attempts_pkey' })
  deliveryId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'webhook_attempts_pkey' })
  number!: number;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;

  @Column('integer', { name: 'duration_ms' })
  durationMs!: number;

  @Column('text')
  outcome!: string;

  @Column('integer', { nullable: true })
  status!: number | null;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('text', { nullable: true })
  answer!: string | null;
}

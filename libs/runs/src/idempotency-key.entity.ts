import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The answer of an earlier `start` with the same key. */
@Entity({ name: 'idempotency_keys' })
@Index('idempotency_keys_age', ['createdAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'idempotency_keys_pkey' })
  tenantId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pkey' })
  subject!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pkey' })
  method!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pkey' })
  key!: string;

  @Column('text', { name: 'payload_hash' })
  payloadHash!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

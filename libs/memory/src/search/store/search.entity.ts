import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One search: what it goes by, what it may use and has used, and who drives it until when. */
@Entity({ name: 'searches' })
@Index('searches_key', ['tenantId', 'subject', 'idempotencyKey'], {
  unique: true,
  where: '(idempotency_key IS NOT NULL)',
})
@Index('searches_run', ['runId', 'step'], { unique: true, where: '(run_id IS NOT NULL)' })
@Index('searches_open', ['tenantId'], { where: "(status = 'open'::text)" })
@Index('searches_age', ['updatedAt'])
@Check('searches_budget', 'nodes_used <= nodes_max AND calls_used <= calls_max AND tokens_used <= tokens_max')
export class SearchEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'searches_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  subject!: string;

  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column('integer', { nullable: true })
  step!: number | null;

  @Column('text')
  status!: string;

  @Column('text', { nullable: true })
  end!: string | null;

  @Column('text')
  query!: string;

  @Column('text', { nullable: true })
  prompt!: string | null;

  @Column('boolean')
  memory!: boolean;

  @Column('integer')
  seed!: number;

  @Column('json')
  rules!: unknown;

  @Column('integer')
  version!: number;

  @Column('integer')
  iteration!: number;

  @Column('integer', { name: 'nodes_max' })
  nodesMax!: number;

  @Column('integer', { name: 'calls_max' })
  callsMax!: number;

  @Column('integer', { name: 'tokens_max' })
  tokensMax!: number;

  @Column('integer', { name: 'nodes_used' })
  nodesUsed!: number;

  @Column('integer', { name: 'calls_used' })
  callsUsed!: number;

  @Column('integer', { name: 'tokens_used' })
  tokensUsed!: number;

  @Column('text', { name: 'lease_owner', nullable: true })
  leaseOwner!: string | null;

  @Column('timestamp with time zone', { name: 'lease_until', precision: 3, nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { name: 'idempotency_key', nullable: true })
  idempotencyKey!: string | null;

  @Column('text', { name: 'payload_hash', nullable: true })
  payloadHash!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

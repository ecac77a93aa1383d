import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The run and, at the same time, the queue: who works on it (lease, fence) and up to which frame it has got (seq). */
@Entity({ name: 'runs' })
@Index('runs_listing', ['tenantId', 'id'])
@Index('runs_active', ['id'], { where: `(state = ANY (ARRAY['queued'::text, 'running'::text]))` })
@Index('runs_waiting', ['tenantId', 'workspace'], { where: `(state = 'waiting'::text)` })
@Index('runs_finished', ['finishedAt'], { where: `((finished_at IS NOT NULL) AND (NOT purged))` })
export class RunEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'runs_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  requester!: string;

  @Column('text')
  state!: string;

  @Column('text')
  phase!: string;

  @Column('integer')
  step!: number;

  @Column('integer')
  fence!: number;

  @Column('integer')
  seq!: number;

  @Column('uuid', { name: 'lease_owner', nullable: true })
  leaseOwner!: string | null;

  @Column('timestamp with time zone', { name: 'lease_until', precision: 3, nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { name: 'waiting_for', nullable: true })
  waitingFor!: string | null;

  @Column('text')
  workspace!: string;

  @Column('text')
  goal!: string;

  @Column('text', { name: 'client_trace_id', nullable: true })
  clientTraceId!: string | null;

  /** Trace context of the call that started it (W3C), if there was one. */
  @Column('text', { nullable: true })
  traceparent!: string | null;

  @Column('text', { name: 'request_id' })
  requestId!: string;

  /** What whoever started it could do then, and by which credential. */
  @Column('json', { nullable: true })
  authority!: unknown;

  /** A model plans its steps, one after the other. */
  @Column('boolean', { name: 'model_planned', default: false })
  modelPlanned!: boolean;

  @Column('json')
  params!: unknown;

  @Column('uuid', { array: true })
  recalled!: string[];

  @Column('json', { nullable: true })
  result!: unknown;

  @Column('json', { nullable: true })
  error!: unknown;

  @Column('text', { nullable: true })
  outcome!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;

  @Column('timestamp with time zone', { name: 'finished_at', precision: 3, nullable: true })
  finishedAt!: Date | null;

  /** Its frames were deleted by retention. */
  @Column('boolean', { default: false })
  purged!: boolean;
}

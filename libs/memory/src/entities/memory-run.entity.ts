import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One run of the optimization agent; the unique slot makes it one over all replicas. */
@Entity({ name: 'memory_runs' })
@Index('memory_runs_slot', ['tenantId', 'schedule', 'slot'], { unique: true })
@Index('memory_runs_listing', ['tenantId', 'id'])
@Index('memory_runs_open', ['leaseUntil'], { where: `(state = 'running'::text)` })
export class MemoryRunEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'memory_runs_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  schedule!: string;

  @Column('text')
  slot!: string;

  @Column('text')
  state!: string;

  @Column('text')
  actor!: string;

  @Column('uuid', { name: 'lease_owner', nullable: true })
  leaseOwner!: string | null;

  @Column('timestamp with time zone', { name: 'lease_until', precision: 3, nullable: true })
  leaseUntil!: Date | null;

  @Column('integer')
  fence!: number;

  @Column('json')
  cursor!: unknown;

  @Column('json')
  report!: unknown;

  @Column('timestamp with time zone', { name: 'started_at', precision: 3 })
  startedAt!: Date;

  @Column('timestamp with time zone', { name: 'finished_at', precision: 3, nullable: true })
  finishedAt!: Date | null;
}

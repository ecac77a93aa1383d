import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A change of fragments: proposed, applied, rejected or reverted as a whole. */
@Entity({ name: 'memory_plans' })
@Index('memory_plans_listing', ['tenantId', 'id'])
export class PlanEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'memory_plans_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('integer', { name: 'base_version' })
  baseVersion!: number;

  @Column('text')
  state!: string;

  @Column('json')
  ops!: unknown;

  @Column('text')
  hash!: string;

  @Column('json', { nullable: true })
  inverse!: unknown;

  @Column('json', { nullable: true })
  result!: unknown;

  @Column('integer', { name: 'applied_version', nullable: true })
  appliedVersion!: number | null;

  @Column('text')
  author!: string;

  @Column('uuid', { name: 'memory_run_id', nullable: true })
  memoryRunId!: string | null;

  @Column('uuid', { nullable: true })
  reverts!: string | null;

  @Column('uuid', { name: 'rebased_from', nullable: true })
  rebasedFrom!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'applied_at', precision: 3, nullable: true })
  appliedAt!: Date | null;
}

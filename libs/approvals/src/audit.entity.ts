import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Append-only: who did what, to what, on which content. */
@Entity({ name: 'audit_log' })
@Index('audit_log_tenant', ['tenantId', 'id'])
export class AuditEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'audit_log_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  action!: string;

  @Column('text')
  actor!: string;

  @Column('text', { name: 'subject_type' })
  subjectType!: string;

  @Column('text', { name: 'subject_id' })
  subjectId!: string;

  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column('text', { nullable: true })
  hash!: string | null;

  @Column('json')
  detail!: unknown;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

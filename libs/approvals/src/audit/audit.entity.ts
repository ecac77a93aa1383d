import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Append-only, a hash chain for each tenant: who did what, to what, on which content, under which policy. */
@Entity({ name: 'audit_log' })
@Index('audit_log_position', ['tenantId', 'position'], { unique: true })
@Index('audit_log_subject', ['subjectId'])
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

  /** Of the content it is about. */
  @Column('text', { nullable: true })
  hash!: string | null;

  @Column('json')
  detail!: unknown;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** Its place in the chain of its tenant, from 1, without a gap. */
  @Column('bigint')
  position!: string;

  @Column('text', { name: 'previous_hash' })
  previousHash!: string;

  /** SHA-256 over the row and the hash before it. */
  @Column('text', { name: 'row_hash' })
  rowHash!: string;

  @Column('text', { name: 'policy_version', nullable: true })
  policyVersion!: string | null;
}

/** The end of the chain of a tenant: locked by whoever adds to it. */
@Entity({ name: 'audit_heads' })
export class AuditHeadEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'audit_heads_pkey' })
  tenantId!: string;

  @Column('bigint')
  position!: string;

  @Column('text')
  hash!: string;
}

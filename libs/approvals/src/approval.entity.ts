import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One question to a person: may exactly this content be applied? It outlives every process that waits for it. */
@Entity({ name: 'approvals' })
@Index('approvals_request', ['requestId'], { unique: true })
@Index('approvals_listing', ['tenantId', 'id'])
@Index('approvals_inbox', ['tenantId', 'id'], { where: `(state = 'pending'::text)` })
@Index('approvals_run', ['runId'])
@Index('approvals_pending', ['expiresAt'], { where: `(state = 'pending'::text)` })
export class ApprovalEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'approvals_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('integer')
  step!: number;

  @Column('uuid', { name: 'diff_id' })
  diffId!: string;

  @Column('text', { name: 'request_id' })
  requestId!: string;

  @Column('text')
  state!: string;

  @Column('text')
  hash!: string;

  @Column('text')
  tool!: string;

  @Column('text')
  workspace!: string;

  @Column('text')
  requester!: string;

  @Column('text')
  rule!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}

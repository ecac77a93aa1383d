import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One question to a person: may exactly this content be applied? It outlives every process that waits for it. */
@Entity({ name: 'approvals' })
@Check('approvals_quorum', `((state <> 'approved'::text) OR (quorum = 1) OR (votes >= quorum))`)
@Index('approvals_request', ['requestId'], { unique: true })
@Index('approvals_listing', ['tenantId', 'id'])
@Index('approvals_inbox', ['tenantId', 'id'], { where: `(state = 'pending'::text)` })
@Index('approvals_run', ['runId'])
@Index('approvals_pending', ['expiresAt'], { where: `(state = 'pending'::text)` })
@Index('approvals_due', ['nextDueAt'], { where: `((state = 'pending'::text) AND (next_due_at IS NOT NULL))` })
@Index('approvals_undispatched', ['id'], {
  where: `((subject_type <> 'diff'::text) AND (dispatched_at IS NULL) AND (state <> 'pending'::text))`,
})
@Index('approvals_subject', ['tenantId', 'subjectType', 'subjectId'], {
  unique: true,
  where: `((subject_type <> 'diff'::text) AND (state = 'pending'::text))`,
})
export class ApprovalEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'approvals_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column('integer', { nullable: true })
  step!: number | null;

  @Column('uuid', { name: 'diff_id', nullable: true })
  diffId!: string | null;

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

  @Column('text', { name: 'subject_type', default: 'diff' })
  subjectType!: string;

  /** Null: the diff. */
  @Column('text', { name: 'subject_id', nullable: true })
  subjectId!: string | null;

  /** Of a subject other than a diff: the exact bytes; `hash` is their SHA-256. */
  @Column('bytea', { nullable: true })
  content!: Buffer | null;

  /** Of a subject other than a diff: what it is, for people. */
  @Column('text', { nullable: true })
  title!: string | null;

  @Column('integer', { default: 1 })
  revision!: number;

  @Column('text', { nullable: true })
  author!: string | null;

  /** Rises with every change of a pending approval, so that whoever looked before the change writes nothing. */
  @Column('integer', { default: 0 })
  version!: number;

  @Column('integer', { default: 1 })
  quorum!: number;

  @Column('integer', { default: 0 })
  votes!: number;

  /** What the policy asks for, as it stood when the approval was asked for (terms.ts); null: one decision. */
  @Column('json', { nullable: true })
  terms!: unknown;

  @Column('text', { array: true, default: '{}' })
  risks!: string[];

  @Column('integer', { name: 'agenda_done', default: 0 })
  agendaDone!: number;

  @Column('timestamp with time zone', { name: 'next_due_at', precision: 3, nullable: true })
  nextDueAt!: Date | null;

  @Column('timestamp with time zone', { name: 'dispatch_until', precision: 3, nullable: true })
  dispatchUntil!: Date | null;

  @Column('timestamp with time zone', { name: 'dispatched_at', precision: 3, nullable: true })
  dispatchedAt!: Date | null;
}

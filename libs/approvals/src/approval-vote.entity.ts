import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What one person has said of one revision. When the votes suffice, or one says no, the approval gets its decision. */
@Entity({ name: 'approval_votes' })
export class ApprovalVoteEntity {
  @PrimaryColumn('uuid', { name: 'approval_id', primaryKeyConstraintName: 'approval_votes_pkey' })
  approvalId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'approval_votes_pkey' })
  revision!: number;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'approval_votes_pkey' })
  actor!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  decision!: string;

  @Column('text')
  hash!: string;

  @Column('text', { nullable: true })
  comment!: string | null;

  /** Of the voter, when they voted. */
  @Column('text', { array: true })
  roles!: string[];

  /** Who stands behind the voter, if that is somebody else: the two count as one. */
  @Column('text', { nullable: true })
  person!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

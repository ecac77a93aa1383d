import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Something that happened to an approval, written by a trigger; `seq` is its place in the tenant's inbox, given after the commit. */
@Entity({ name: 'approval_events' })
@Index('approval_events_seq', ['tenantId', 'seq'], { unique: true, where: '(seq IS NOT NULL)' })
@Index('approval_events_new', ['tenantId'], { where: '(seq IS NULL)' })
@Index('approval_events_age', ['at'])
export class ApprovalEventEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'approval_events_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'approval_id' })
  approvalId!: string;

  @Column('integer', { nullable: true })
  seq!: number | null;

  /** In which order they were written. */
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' })
  place!: string;

  @Column('text')
  type!: string;

  @Column('json')
  body!: unknown;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;
}

/** How far a tenant's inbox has come. */
@Entity({ name: 'approval_inboxes' })
export class ApprovalInboxEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'approval_inboxes_pkey' })
  tenantId!: string;

  @Column('integer')
  seq!: number;
}

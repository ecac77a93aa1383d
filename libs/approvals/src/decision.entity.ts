import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who decided an approval, on which content. One row an approval, by its primary key. */
@Entity({ name: 'decisions' })
export class DecisionEntity {
  @PrimaryColumn('uuid', { name: 'approval_id', primaryKeyConstraintName: 'decisions_pkey' })
  approvalId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  decision!: string;

  @Column('text')
  actor!: string;

  @Column('text')
  hash!: string;

  @Column('text', { nullable: true })
  comment!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

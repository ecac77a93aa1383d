import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One version of a tenant's approval policy; the highest holds, the others say what held before and who changed it. */
@Entity({ name: 'approval_policies' })
export class ApprovalPolicyEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'approval_policies_pkey' })
  tenantId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'approval_policies_pkey' })
  version!: number;

  @Column('json')
  rules!: unknown;

  @Column('text')
  actor!: string;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

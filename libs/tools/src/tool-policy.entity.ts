import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One version of a tenant's tool policy; the highest holds, the others say what held before and who changed it. */
@Entity({ name: 'tool_policies' })
export class ToolPolicyEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'tool_policies_pkey' })
  tenantId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'tool_policies_pkey' })
  version!: number;

  @Column('json')
  rules!: unknown;

  @Column('integer', { name: 'max_calls', nullable: true })
  maxCalls!: number | null;

  @Column('text')
  actor!: string;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

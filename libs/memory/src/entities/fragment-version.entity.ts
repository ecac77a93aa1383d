import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A fragment as it was before it was changed. */
@Entity({ name: 'memory_fragment_versions' })
export class FragmentVersionEntity {
  @PrimaryColumn('uuid', { name: 'fragment_id', primaryKeyConstraintName: 'memory_fragment_versions_pkey' })
  fragmentId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'memory_fragment_versions_pkey' })
  version!: number;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  status!: string;

  @Column('text')
  text!: string;

  @Column('text', { array: true })
  keys!: string[];

  @Column('text', { array: true })
  tags!: string[];

  @Column('uuid', { name: 'plan_id', nullable: true })
  planId!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

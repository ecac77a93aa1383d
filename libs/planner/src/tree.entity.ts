import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The scored tree of one step, as it was when the choice was made. */
@Entity({ name: 'trees' })
export class TreeEntity {
  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'trees_pkey' })
  runId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'trees_pkey' })
  step!: number;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text', { name: 'tree_id' })
  treeId!: string;

  /** Canonical statements of its assumptions that are open. */
  @Column('text', { array: true, default: [] })
  keys!: string[];

  @Column('json')
  tree!: unknown;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What turned out to be true of an assumption, and who said so. */
@Entity({ name: 'resolutions' })
export class ResolutionEntity {
  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'resolutions_pkey' })
  runId!: string;

  @PrimaryColumn('text', { name: 'assumption_id', primaryKeyConstraintName: 'resolutions_pkey' })
  assumptionId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('boolean')
  truth!: boolean;

  @Column('text')
  source!: string;

  @Column('text')
  actor!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a run did in one step and what came of it: the next prompt is written from these. */
@Entity({ name: 'steps' })
export class StepEntity {
  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'steps_pkey' })
  runId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'steps_pkey' })
  step!: number;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('json')
  action!: unknown;

  @Column('json')
  outcome!: unknown;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

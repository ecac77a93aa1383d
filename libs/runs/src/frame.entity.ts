import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One immutable line of a run's frame log. */
@Entity({ name: 'frames' })
export class FrameEntity {
  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'frames_pkey' })
  runId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'frames_pkey' })
  seq!: number;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;

  @Column('text')
  type!: string;

  @Column('integer')
  step!: number;

  @Column('json')
  body!: unknown;
}

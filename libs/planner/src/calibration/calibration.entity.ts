import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One version of the recalibration of a source. Never changed: a new fit is a new version. */
@Entity({ name: 'calibrations' })
export class CalibrationEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'calibrations_pkey' })
  tenantId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'calibrations_pkey' })
  belief!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'calibrations_pkey' })
  version!: number;

  @Column('integer')
  samples!: number;

  @Column('json')
  points!: unknown;

  @Column('text')
  actor!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

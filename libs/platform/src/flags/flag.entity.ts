import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant's own setting of a feature flag; without a row the configuration holds. */
@Entity({ name: 'feature_flags' })
export class FlagEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'feature_flags_pkey' })
  tenantId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'feature_flags_pkey' })
  flag!: string;

  @Column('boolean')
  enabled!: boolean;

  @Column('text')
  actor!: string;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One run that had recalled a fragment, and whether it went well. */
@Entity({ name: 'memory_uses' })
@Index('memory_uses_uncounted', ['fragmentId'], { where: '(NOT counted)' })
export class UseEntity {
  @PrimaryColumn('uuid', { name: 'fragment_id', primaryKeyConstraintName: 'memory_uses_pkey' })
  fragmentId!: string;

  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'memory_uses_pkey' })
  runId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('boolean')
  helped!: boolean;

  @Column('boolean')
  counted!: boolean;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

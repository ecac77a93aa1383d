import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A run for which fragments were found, and whether it was given them. */
@Entity({ name: 'memory_recalls' })
@Index('memory_recalls_window', ['tenantId', 'runId'])
export class RecallEntity {
  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'memory_recalls_pkey' })
  runId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  agent!: string;

  @Column('text')
  arm!: string;

  @Column('uuid', { array: true })
  fragments!: string[];

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

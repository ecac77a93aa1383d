import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What is known of the memory of one tenant; two plans queue for this row. */
@Entity({ name: 'memory_heads' })
export class HeadEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'memory_heads_pkey' })
  tenantId!: string;

  @Column('integer', { default: 0 })
  version!: number;

  @Column('integer', { default: 0 })
  counted!: number;

  @Column('timestamp with time zone', { name: 'counted_at', precision: 3, nullable: true })
  countedAt!: Date | null;

  @Column('uuid', { name: 'counted_id', nullable: true })
  countedId!: string | null;

  @Column('boolean', { default: false })
  frozen!: boolean;

  @Column('json', { nullable: true })
  drift!: unknown;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

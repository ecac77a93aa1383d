import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One lesson, learnt from finished runs. `textHash` makes an exact duplicate count as agreement. */
@Entity({ name: 'memory_fragments' })
@Index('memory_fragments_text', ['tenantId', 'textHash'], { unique: true })
@Index('memory_fragments_document', { synchronize: false })
@Index('memory_fragments_active', { synchronize: false })
export class FragmentEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'memory_fragments_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  status!: string;

  @Column('text')
  text!: string;

  @Column('text', { name: 'text_hash' })
  textHash!: string;

  @Column('text', { array: true })
  keys!: string[];

  @Column('text', { array: true })
  tags!: string[];

  @Column('integer')
  helpful!: number;

  @Column('integer')
  harmful!: number;

  @Column('integer')
  strength!: number;

  @Column('integer')
  version!: number;

  @Column('jsonb')
  provenance!: unknown;

  /** Lexemes of the text, written with it. */
  @Column('tsvector')
  document!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

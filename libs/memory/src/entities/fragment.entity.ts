import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One lesson, learnt from finished runs. `textHash` makes an exact duplicate count as agreement. */
@Entity({ name: 'memory_fragments' })
@Index('memory_fragments_text', ['tenantId', 'textHash'], { unique: true })
@Index('memory_fragments_document', { synchronize: false })
@Index('memory_fragments_active', { synchronize: false })
@Index('memory_fragments_recall', { synchronize: false })
@Index('memory_fragments_staged', { synchronize: false })
@Index('memory_fragments_newest', ['tenantId', 'agent', 'id'], { where: `(status = 'active'::text)` })
@Index('memory_fragments_listing', ['tenantId', 'id'])
@Index('memory_fragments_activated', ['tenantId', 'activeAt', 'id'], { where: '(active_at IS NOT NULL)' })
@Index('memory_fragments_runs', { synchronize: false })
@Index('memory_fragments_lineage', { synchronize: false })
export class FragmentEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'memory_fragments_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  /** Whose it is; null: every agent of the tenant. */
  @Column('text', { nullable: true })
  agent!: string | null;

  /** `run`, `plan`, `import` or `distilled`. */
  @Column('text', { default: 'run' })
  origin!: string;

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

  /** What it was made of. */
  @Column('uuid', { array: true, default: '{}' })
  lineage!: string[];

  /** Why it was deleted. */
  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('timestamp with time zone', { name: 'active_at', precision: 3, nullable: true })
  activeAt!: Date | null;

  /** Lexemes of the text, written with it. */
  @Column('tsvector')
  document!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

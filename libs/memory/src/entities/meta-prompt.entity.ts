import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A system prompt that the search evolves, with how it did in comparisons. */
@Entity({ name: 'meta_prompts' })
@Index('meta_prompts_text', ['tenantId', 'textHash'], { unique: true })
@Index('meta_prompts_best', { synchronize: false })
@Index('meta_prompts_listing', ['tenantId', 'id'])
export class MetaPromptEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'meta_prompts_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text', { nullable: true })
  agent!: string | null;

  @Column('text')
  family!: string;

  @Column('text')
  text!: string;

  @Column('text', { name: 'text_hash' })
  textHash!: string;

  @Column('uuid', { name: 'parent_id', nullable: true })
  parentId!: string | null;

  @Column('integer', { default: 0 })
  wins!: number;

  @Column('integer', { default: 0 })
  losses!: number;

  @Column('text')
  status!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}

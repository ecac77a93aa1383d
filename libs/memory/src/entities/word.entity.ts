import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** In how many active fragments of a tenant a word stands. */
@Entity({ name: 'memory_words' })
@Index('memory_words_trigrams', { synchronize: false })
export class WordEntity {
  @PrimaryColumn('text', { name: 'tenant_id', primaryKeyConstraintName: 'memory_words_pkey' })
  tenantId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'memory_words_pkey' })
  word!: string;

  @Column('integer')
  docs!: number;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One judgement of two answers. Scores are null when the judge gave nothing that could be used. */
@Entity({ name: 'comparisons' })
@Index('comparisons_pair', ['searchId', 'a', 'b', 'swapped'], { unique: true })
export class ComparisonEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'comparisons_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'search_id' })
  searchId!: string;

  @Column('integer')
  place!: number;

  @Column('uuid')
  a!: string;

  @Column('uuid')
  b!: string;

  @Column('boolean')
  swapped!: boolean;

  @Column('json')
  criteria!: unknown;

  @Column('double precision', { name: 'score_a', nullable: true })
  scoreA!: number | null;

  @Column('double precision', { name: 'score_b', nullable: true })
  scoreB!: number | null;

  @Column('text')
  critique!: string;

  @Column('json')
  lessons!: unknown;

  @Column('text', { name: 'evolved_prompt', nullable: true })
  evolvedPrompt!: string | null;

  @Column('text', { nullable: true })
  judge!: string | null;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;
}

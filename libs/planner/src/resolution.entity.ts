import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What turned out to be true of an assumption, who said so, and what had been believed of it. */
@Entity({ name: 'resolutions' })
@Index('resolutions_unspread', ['createdAt'], { where: '(NOT spread)' })
@Index('resolutions_recent', ['tenantId', 'workspace', 'createdAt'])
@Index('resolutions_belief', ['tenantId', 'belief'])
export class ResolutionEntity {
  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'resolutions_pkey' })
  runId!: string;

  @PrimaryColumn('text', { name: 'assumption_id', primaryKeyConstraintName: 'resolutions_pkey' })
  assumptionId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('boolean')
  truth!: boolean;

  @Column('text')
  source!: string;

  @Column('text')
  actor!: string;

  /** Step whose tree holds it. */
  @Column('integer', { nullable: true })
  step!: number | null;

  /** Canonical statement; the same in every run that assumes it. */
  @Column('text', { nullable: true })
  key!: string | null;

  /** Truth of the key: the opposite of `truth` where the assumption negates it. */
  @Column('boolean', { name: 'key_truth', nullable: true })
  keyTruth!: boolean | null;

  /** Probability that the tree gave it. */
  @Column('double precision', { nullable: true })
  p!: number | null;

  /** Where `p` came from: caller, lexical, model. */
  @Column('text', { nullable: true })
  belief!: string | null;

  @Column('text', { nullable: true })
  workspace!: string | null;

  /** Waiting runs that assume the same were told. */
  @Column('boolean', { default: true })
  spread!: boolean;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

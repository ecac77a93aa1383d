import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A change that waits for assent. `content` is the exact bytes a decision is bound to; `hash` is their SHA-256. */
@Entity({ name: 'diffs' })
@Index('diffs_revision', ['runId', 'step', 'revision'], { unique: true })
export class DiffEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'diffs_pkey' })
  id!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('integer')
  step!: number;

  @Column('integer')
  revision!: number;

  @Column('uuid', { name: 'call_id' })
  callId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  state!: string;

  @Column('text')
  tool!: string;

  @Column('text')
  workspace!: string;

  @Column('text')
  hash!: string;

  @Column('bytea')
  content!: Buffer;

  @Column('json')
  files!: unknown;

  @Column('json')
  lineage!: unknown;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** Where this revision comes from (REVISION_ORIGINS). */
  @Column('text', { default: 'run' })
  origin!: string;

  /** Null: the run. */
  @Column('text', { nullable: true })
  author!: string | null;

  /** The revision before. */
  @Column('uuid', { nullable: true })
  supersedes!: string | null;

  /** Of the call, where a reviewer has changed them; null: the planner's. */
  @Column('json', { nullable: true })
  args!: unknown;

  @Column('timestamp with time zone', { name: 'applied_at', precision: 3, nullable: true })
  appliedAt!: Date | null;
}

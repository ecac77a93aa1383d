import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * One call of a model: what it was for, how it went, what it used; while it is `started`, the most it can use. Budgets are
 * sums over these rows.
 */
@Entity({ name: 'model_calls' })
@Index('model_calls_run', ['runId'])
@Index('model_calls_tenant', ['tenantId', 'createdAt'])
export class ModelCallEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'model_calls_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('integer')
  step!: number;

  @Column('text')
  purpose!: string;

  @Column('text')
  provider!: string;

  @Column('text')
  model!: string;

  @Column('text')
  outcome!: string;

  @Column('integer', { name: 'input_tokens' })
  inputTokens!: number;

  @Column('integer', { name: 'output_tokens' })
  outputTokens!: number;

  @Column('double precision', { name: 'cost_usd' })
  costUsd!: number;

  @Column('integer', { name: 'duration_ms' })
  durationMs!: number;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One call that the planner chose: what was asked, what the guard said, how it ended. */
@Entity({ name: 'tool_calls' })
@Index('tool_calls_run', ['runId', 'step'])
export class ToolCallEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'tool_calls_pkey' })
  id!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('integer')
  step!: number;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text', { name: 'action_id' })
  actionId!: string;

  @Column('text')
  tool!: string;

  @Column('text')
  workspace!: string;

  @Column('json')
  args!: unknown;

  @Column('text')
  verdict!: string;

  @Column('text')
  rule!: string;

  @Column('text')
  state!: string;

  @Column('json', { nullable: true })
  error!: unknown;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'finished_at', precision: 3, nullable: true })
  finishedAt!: Date | null;
}

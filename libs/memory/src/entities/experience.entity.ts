import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a finished run leaves beside its lesson. */
@Entity({ name: 'memory_experiences' })
@Index('memory_experiences_undigested', ['tenantId', 'runId'], { where: '(NOT digested)' })
@Index('memory_experiences_undistilled', ['tenantId', 'runId'], { where: '(NOT distilled)' })
@Index('memory_experiences_goal', ['tenantId', 'goalKey'])
@Index('memory_experiences_agent', ['tenantId', 'agent'])
export class ExperienceEntity {
  @PrimaryColumn('uuid', { name: 'run_id', primaryKeyConstraintName: 'memory_experiences_pkey' })
  runId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  agent!: string;

  @Column('text')
  goal!: string;

  @Column('text', { name: 'goal_key' })
  goalKey!: string;

  @Column('text')
  outcome!: string;

  @Column('double precision', { nullable: true })
  score!: number | null;

  @Column('text')
  ending!: string;

  @Column('text')
  action!: string;

  @Column('text', { nullable: true })
  tool!: string | null;

  @Column('json')
  path!: unknown;

  @Column('json', { nullable: true })
  diff!: unknown;

  @Column('json', { nullable: true })
  decision!: unknown;

  @Column('uuid', { name: 'meta_prompt_id', nullable: true })
  metaPromptId!: string | null;

  @Column('boolean', { default: false })
  digested!: boolean;

  @Column('boolean', { default: false })
  distilled!: boolean;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}

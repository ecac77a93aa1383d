import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A question to a person: the `input/request` of a run, and what came of it. */
@Entity({ name: 'questions' })
@Index('questions_run', ['runId'])
@Index('questions_pending', ['expiresAt'], { where: `(state = 'pending'::text)` })
export class QuestionEntity {
  @PrimaryColumn('text', { name: 'request_id', primaryKeyConstraintName: 'questions_pkey' })
  requestId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('integer')
  step!: number;

  @Column('text', { name: 'action_id' })
  actionId!: string;

  @Column('text')
  state!: string;

  @Column('json')
  request!: unknown;

  @Column('json', { nullable: true })
  answer!: unknown;

  @Column('text', { nullable: true })
  actor!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;

  @Column('timestamp with time zone', { name: 'resolved_at', precision: 3, nullable: true })
  resolvedAt!: Date | null;
}

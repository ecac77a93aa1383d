import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A call of a tool that the client hosts: the `tool/call` of a run, and what came of it. */
@Entity({ name: 'client_calls' })
@Index('client_calls_run', ['runId', 'step'])
@Index('client_calls_pending', ['expiresAt'], { where: `(state = 'pending'::text)` })
export class ClientCallEntity {
  @PrimaryColumn('text', { name: 'request_id', primaryKeyConstraintName: 'client_calls_pkey' })
  requestId!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('integer')
  step!: number;

  @Column('uuid', { name: 'call_id' })
  callId!: string;

  @Column('text', { name: 'action_id' })
  actionId!: string;

  /** The approved diff that the call carries out; null for a read. */
  @Column('uuid', { name: 'diff_id', nullable: true })
  diffId!: string | null;

  @Column('text')
  state!: string;

  @Column('json')
  request!: unknown;

  @Column('json', { nullable: true })
  output!: unknown;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('text', { nullable: true })
  actor!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}

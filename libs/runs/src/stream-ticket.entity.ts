import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A one-use pass for an EventSource, which cannot send an Authorization header. */
@Entity({ name: 'stream_tickets' })
export class StreamTicketEntity {
  @PrimaryColumn('text', { name: 'ticket_hash', primaryKeyConstraintName: 'stream_tickets_pkey' })
  ticketHash!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  subject!: string;

  /** Null: the inbox of the approvals. */
  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}

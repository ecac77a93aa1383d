import { Injectable } from '@nestjs/common';
import { Database, contentHashOf, newSecret, sql } from '@assent/platform';

/** Longest life of a ticket: long enough for a page to open its EventSource, short enough to be worthless in a log. */
export const TICKET_SECONDS = 60;

export interface StreamTicket {
  readonly tenantId: string;
  readonly subject: string;
  /** Null: the inbox of the approvals. */
  readonly runId: string | null;
}

/** One-use passes to one run's stream, or to the inbox; only their hash is stored. */
@Injectable()
export class StreamTicketRepository {
  constructor(private readonly database: Database) {}

  async issue(ticket: StreamTicket): Promise<{ ticket: string; expiresAt: Date }> {
    const secret = newSecret();
    const rows = await this.database.query<{ expiresAt: Date }>(sql`
      insert into stream_tickets (ticket_hash, tenant_id, subject, run_id, expires_at)
      select ${contentHashOf(secret)}, ${ticket.tenantId}, ${ticket.subject}, ${ticket.runId}, now() + make_interval(secs => ${TICKET_SECONDS})
      returning expires_at as "expiresAt"`);
    return { ticket: secret, expiresAt: rows[0]?.expiresAt ?? new Date(0) };
  }

  /** Takes the ticket out of the table: whoever comes second finds nothing. */
  async redeem(secret: string): Promise<StreamTicket | undefined> {
    const rows = await this.database.query<StreamTicket & { valid: boolean }>(sql`
      delete from stream_tickets where ticket_hash = ${contentHashOf(secret)}
      returning tenant_id as "tenantId", subject, run_id as "runId", expires_at > now() as valid`);
    return rows[0]?.valid ? rows[0] : undefined;
  }
}

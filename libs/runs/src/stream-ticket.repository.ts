import { Injectable } from '@nestjs/common';
import type { Credential } from '@assent/contract';
import { Database, contentHashOf, newSecret, sql } from '@assent/platform';

/** Lifetime of a ticket: long enough for a page to open its EventSource, short enough to be worthless in a log. */
export const TICKET_SECONDS = 60;

export interface StreamTicket {
  readonly tenantId: string;
  readonly subject: string;
  /** The credential that requested it; the ticket ends with it. Null: issued by an older version. */
  readonly credential: Credential | null;
  readonly credentialExpiresAt: Date | null;
  /** Null: the inbox of the approvals. */
  readonly runId: string | null;
}

/** One-use tickets for the stream of one run or for the inbox. Only their hash is stored. */
@Injectable()
export class StreamTicketRepository {
  constructor(private readonly database: Database) {}

  async issue(ticket: StreamTicket): Promise<{ ticket: string; expiresAt: Date }> {
    const { tenantId, subject, runId, credential, credentialExpiresAt } = ticket;
    const secret = newSecret();
    const rows = await this.database.query<{ expiresAt: Date }>(sql`
      insert into stream_tickets (ticket_hash, tenant_id, subject, run_id, credential, credential_expires_at, expires_at)
      select ${contentHashOf(secret)}, ${tenantId}, ${subject}, ${runId}, ${credential}, ${credentialExpiresAt}::timestamptz,
        least(now() + make_interval(secs => ${TICKET_SECONDS}), ${credentialExpiresAt}::timestamptz)
      returning expires_at as "expiresAt"`);
    return { ticket: secret, expiresAt: rows[0]?.expiresAt ?? new Date(0) };
  }

  /** A ticket that is valid now. */
  async find(secret: string): Promise<StreamTicket | undefined> {
    const rows = await this.database.query<StreamTicket>(sql`
      select tenant_id as "tenantId", subject, run_id as "runId", credential, credential_expires_at as "credentialExpiresAt"
      from stream_tickets where ticket_hash = ${contentHashOf(secret)} and expires_at > now()`);
    return rows[0];
  }

  /** Deletes the ticket, so that only one of two concurrent requests finds it. @returns whether it was valid */
  async spend(secret: string): Promise<boolean> {
    const rows = await this.database.query<{ valid: boolean }>(sql`
      delete from stream_tickets where ticket_hash = ${contentHashOf(secret)} returning expires_at > now() as valid`);
    return rows[0]?.valid ?? false;
  }
}

import { Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { Admission, becomeTenant, requireScope, type Applicant } from '@assent/platform';
import { StreamTicketRepository } from '@assent/runs';

/** Lets a stream be opened by a key or by a one-use ticket. */
@Injectable()
export class StreamAccess {
  constructor(
    private readonly admission: Admission,
    private readonly tickets: StreamTicketRepository,
  ) {}

  /**
   * @param runId null: the inbox of the approvals
   * @throws AssentError unauthenticated (neither key nor a fresh ticket for this stream), forbidden
   */
  async tenantOf(request: Applicant, ticket: string | undefined, runId: string | null): Promise<string> {
    if (ticket === undefined) {
      const principal = await this.admission.authenticate(request);
      requireScope(principal, runId === null ? 'approval:read' : 'run:read');
      await this.admission.charge(principal);
      becomeTenant(principal.tenantId);
      return principal.tenantId;
    }
    const redeemed = await this.tickets.redeem(ticket);
    if (redeemed !== undefined && isFor(redeemed, runId)) {
      becomeTenant(redeemed.tenantId);
      return redeemed.tenantId;
    }
    throw new AssentError(
      'unauthenticated',
      'This ticket was used, has expired or is for another stream: get a new one from POST /stream-tickets.',
    );
  }
}

function isFor(ticket: { readonly runId: string | null }, runId: string | null): boolean {
  return ticket.runId === runId;
}

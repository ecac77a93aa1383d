import { Injectable } from '@nestjs/common';
import { AssentError, type MethodParams, type MethodResult, type Principal, isUuid } from '@assent/contract';
import { requireScope } from '@assent/identity';
import { RunRepository, StreamTicketRepository, runNotFound, streamPath } from '@assent/runs';

/** Issues tickets for clients that cannot send headers. */
@Injectable()
export class StreamTickets {
  constructor(
    private readonly runs: RunRepository,
    private readonly tickets: StreamTicketRepository,
  ) {}

  /** @throws AssentError invalid (neither a run nor the inbox), not_found, forbidden (the inbox needs approval:read) */
  async issue(
    principal: Principal,
    { runId, stream }: MethodParams<'stream/ticket'>,
  ): Promise<MethodResult<'stream/ticket'>> {
    const { tenantId, subject, credential = null, expiresAt: credentialExpiresAt = null } = principal;
    const holder = { tenantId, subject, credential, credentialExpiresAt };
    if (stream === 'approvals' && runId === undefined) {
      requireScope(principal, 'approval:read');
      const { ticket, expiresAt } = await this.tickets.issue({ ...holder, runId: null });
      return { ticket, url: `/approvals/events?ticket=${ticket}`, expiresAt: expiresAt.toISOString() };
    }
    if (runId === undefined) {
      throw new AssentError(
        'invalid',
        'Send {"runId": "..."} or {"stream": "approvals"}: a ticket opens the stream of one run, or the inbox.',
        { pointer: '/runId' },
      );
    }
    const run = isUuid(runId) ? await this.runs.findHead(tenantId, runId) : undefined;
    if (!run) throw runNotFound(runId);
    const { ticket, expiresAt } = await this.tickets.issue({ ...holder, runId });
    return { ticket, url: `${streamPath(runId)}?ticket=${ticket}`, expiresAt: expiresAt.toISOString() };
  }
}

import { Controller, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { APPROVAL_EVENT_TYPES } from '@assent/contract';
import { INBOX_PAGE, Inbox } from '@assent/approvals';
import { RestRoute } from '../rest/rest.route';
import { EVENT_SOURCE_ENCODING, SSE_HEADERS } from './frame.encoding';
import { StreamAccess } from './stream.access';
import { StreamQuery, cursorOf, once, typesOf, type StreamParams } from './stream.query';

/** GET /approvals/events: the events of all approvals. */
@ApiBearerAuth()
@Controller()
export class InboxController {
  constructor(
    private readonly access: StreamAccess,
    private readonly inbox: Inbox,
  ) {}

  @RestRoute('approval/events')
  @StreamQuery()
  async events(
    @Query() query: StreamParams,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // HEAD responds like GET, but opens no stream and does not use up a ticket.
    const isHead = request.method === 'HEAD';
    const ticket = once(query.ticket, 'ticket');
    const entry = await this.access.authorize(request, ticket, null);
    const { tenantId } = entry;
    const after = cursorOf(lastEventId ?? once(query.after, 'after'));
    const types = typesOf(once(query.types, 'types'), APPROVAL_EVENT_TYPES, unknownType);
    if (request.headers.accept?.includes('application/json')) {
      const { lines, tail } = await this.inbox.page(tenantId, after, INBOX_PAGE);
      if (!isHead) await entry.useTicket();
      const shown = types.size === 0 ? lines : lines.filter(({ type }) => types.has(type));
      const events = `[${shown.map(({ json }) => json).join(',')}]`;
      void reply.header('content-type', 'application/json; charset=utf-8');
      void reply.send(`{"events":${events},"cursor":${lines.at(-1)?.seq ?? after},"tail":${tail}}`);
      return;
    }
    if (isHead) {
      void reply.headers(SSE_HEADERS).send('');
      return;
    }
    const stream = await this.inbox.stream(tenantId, after, types, EVENT_SOURCE_ENCODING);
    await entry.open(stream);
    void reply.headers(SSE_HEADERS).send(stream);
  }
}

const unknownType = (type: string) => `There is no event "${type}". docs/approvals.md lists them.`;

import { Controller, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FRAME_TYPES, isUuid } from '@assent/contract';
import { FramePages, FrameStreams, RunRepository, runNotFound } from '@assent/runs';
import { RestRoute } from '../rest/rest.route';
import { answerEventSource } from './event.source';
import { EVENT_SOURCE_ENCODING } from './frame.encoding';
import { StreamAccess } from './stream.access';
import { StreamQuery, cursorOf, once, typesOf, type StreamParams } from './stream.query';

const JSON_PAGE = 500;
const NEVER = new AbortController().signal;

/** GET /runs/{id}/frames, for a native EventSource and for fetch. */
@ApiBearerAuth()
@Controller()
export class FrameController {
  constructor(
    private readonly access: StreamAccess,
    private readonly runs: RunRepository,
    private readonly streams: FrameStreams,
    private readonly pages: FramePages,
  ) {}

  @RestRoute('stream')
  @StreamQuery()
  async frames(
    @Param('id') runId: string,
    @Query() query: StreamParams,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isUuid(runId)) throw runNotFound(runId);
    const ticket = once(query.ticket, 'ticket');
    const entry = await this.access.authorize(request, ticket, runId);
    const { tenantId } = entry;
    const after = cursorOf(lastEventId ?? once(query.after, 'after'));
    const types = typesOf(once(query.types, 'types'), FRAME_TYPES, unknownType);
    if (request.headers.accept?.includes('application/json')) {
      const page = await this.pages.page(tenantId, runId, { after, types, limit: JSON_PAGE, waitMs: 0, signal: NEVER });
      if (!page) throw runNotFound(runId);
      if (request.method !== 'HEAD') await entry.useTicket();
      const frames = `[${page.lines.map((line) => line.json).join(',')}]`;
      const { cursor, tail, done } = page;
      void reply.header('content-type', 'application/json; charset=utf-8');
      void reply.send(`{"frames":${frames},"cursor":${cursor},"tail":${tail},"done":${done ? 'true' : 'false'}}`);
      return;
    }
    const run = await this.runs.findHead(tenantId, runId);
    if (!run) throw runNotFound(runId);
    await answerEventSource({ request, reply, entry, run, after }, () => {
      const stream = this.streams.stream(run, after, types, EVENT_SOURCE_ENCODING);
      return { source: stream, body: stream };
    });
  }
}

const unknownType = (type: string) => `There is no frame type "${type}". docs/protocol.md lists them.`;

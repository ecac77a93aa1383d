import { Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssentError, FRAME_TYPES, isTerminal, type Principal } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, requireScope } from '@assent/platform';
import { runNotFound } from '@assent/engine';
import { FramePages, FrameStreams, RunRepository, StreamTicketRepository, streamPath } from '@assent/runs';
import { EVENT_SOURCE_ENCODING, SSE_HEADERS } from './frame.encoding';
import { isUuid } from './ids';
import { StreamAccess } from './stream.access';
import { cursorOf, once } from './stream.query';

/** A name that stands twice in the query is an array. */
type FrameQuery = Readonly<Partial<Record<'after' | 'types' | 'ticket', string | string[]>>>;

const JSON_PAGE = 500;
const NEVER = new AbortController().signal;

/** GET /runs/{id}/frames, for a native EventSource and for fetch. */
@ApiTags('runs')
@ApiBearerAuth()
@Controller()
export class FrameController {
  constructor(
    private readonly access: StreamAccess,
    private readonly runs: RunRepository,
    private readonly streams: FrameStreams,
    private readonly pages: FramePages,
    private readonly tickets: StreamTicketRepository,
  ) {}

  @Get('runs/:id/frames')
  @RequireAccess('public')
  @ApiOperation({ summary: 'Frames as SSE: replay after Last-Event-ID or ?after=, then live. Bearer key or ?ticket=' })
  async frames(
    @Param('id') runId: string,
    @Query() query: FrameQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isUuid(runId)) throw runNotFound(runId);
    const ticket = once(query.ticket, 'ticket');
    const tenantId = await this.access.tenantOf(request, ticket, runId);
    const after = cursorOf(lastEventId ?? once(query.after, 'after'));
    const types = typesOf(once(query.types, 'types'));
    if (request.headers.accept?.includes('application/json')) {
      const page = await this.pages.page(tenantId, runId, { after, types, limit: JSON_PAGE, waitMs: 0, signal: NEVER });
      if (!page) throw runNotFound(runId);
      const frames = `[${page.lines.map((line) => line.json).join(',')}]`;
      const { cursor, tail, done } = page;
      void reply.header('content-type', 'application/json; charset=utf-8');
      void reply.send(`{"frames":${frames},"cursor":${cursor},"tail":${tail},"done":${done ? 'true' : 'false'}}`);
      return;
    }
    const run = await this.runs.findHead(tenantId, runId);
    if (!run) throw runNotFound(runId);
    if (isTerminal(run.state) && after === run.seq) {
      // The one answer that keeps an EventSource from coming back to a run that has ended.
      void reply.code(204).send();
      return;
    }
    void reply.headers(SSE_HEADERS).send(this.streams.stream(run, after, types, EVENT_SOURCE_ENCODING));
  }

  @Post('stream-tickets')
  @HttpCode(201)
  @RequireAccess('run:read')
  @ApiOperation({
    summary:
      'A one-use pass, valid 60 s, for an EventSource that cannot send headers: body {runId} or {stream: "approvals"}',
  })
  async ticket(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest<{ Body: { runId?: unknown; stream?: unknown } | undefined }>,
  ): Promise<object> {
    const { tenantId, subject } = principal;
    const runId = request.body?.runId;
    if (request.body?.stream === 'approvals' && runId === undefined) {
      requireScope(principal, 'approval:read');
      const { ticket, expiresAt } = await this.tickets.issue({ tenantId, subject, runId: null });
      return { ticket, url: `/approvals/events?ticket=${ticket}`, expiresAt: expiresAt.toISOString() };
    }
    if (typeof runId !== 'string') {
      throw new AssentError(
        'invalid',
        'Send {"runId": "..."} or {"stream": "approvals"}: a ticket opens the stream of one run, or the inbox.',
        { pointer: '/runId' },
      );
    }
    const run = isUuid(runId) ? await this.runs.findHead(principal.tenantId, runId) : undefined;
    if (!run) throw runNotFound(runId);
    const { ticket, expiresAt } = await this.tickets.issue({
      tenantId: principal.tenantId,
      subject: principal.subject,
      runId,
    });
    return { ticket, url: `${streamPath(runId)}?ticket=${ticket}`, expiresAt: expiresAt.toISOString() };
  }
}

function typesOf(value: string | undefined): Set<string> {
  const types = (value ?? '').split(',').filter((type) => type !== '');
  const unknown = types.find((type) => !(FRAME_TYPES as string[]).includes(type));
  if (unknown === undefined) return new Set(types);
  throw new AssentError('invalid', `There is no frame type "${unknown.slice(0, 64)}": docs/protocol.md lists them.`, {
    pointer: '/types',
  });
}

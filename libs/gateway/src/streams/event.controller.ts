import { Controller, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENT_TOPICS, type PauseHint, type Principal, type RunHint } from '@assent/contract';
import { Inbox } from '@assent/approvals';
import { CurrentPrincipal } from '@assent/identity';
import { Pauses, RunHints } from '@assent/runs';
import { RestRoute } from '../rest/rest.route';
import { EventPages, requireTopics, type EventTopic } from './event.pages';
import { EVENT_SOURCE_ENCODING, SSE_HEADERS } from './frame.encoding';
import { StreamAccess } from './stream.access';
import { cursorOf, once, typesOf } from './stream.query';

type EventParams = Readonly<Partial<Record<'after' | 'topics', string | string[]>>>;

/** Follows the log only for its pings and its end. */
const SILENT_ENCODING = { ...EVENT_SOURCE_ENCODING, frame: () => '', gap: () => '' };

/** GET /events: all events of a tenant in one stream, because browsers limit the number of connections. */
@ApiBearerAuth()
@Controller()
export class EventController {
  constructor(
    private readonly access: StreamAccess,
    private readonly inbox: Inbox,
    private readonly pages: EventPages,
    private readonly hints: RunHints,
    private readonly pauses: Pauses,
  ) {}

  @RestRoute('event/list')
  @ApiQuery({ name: 'after', required: false, schema: { type: 'integer' } })
  @ApiQuery({ name: 'topics', required: false, schema: { type: 'string' } })
  async events(
    @CurrentPrincipal() principal: Principal,
    @Query() query: EventParams,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { tenantId } = principal;
    const topics = topicsOf(once(query.topics, 'topics'));
    const scopes = requireTopics(principal, topics);
    const given = lastEventId ?? once(query.after, 'after');
    const after = cursorOf(given);
    if (request.headers.accept?.includes('application/json')) {
      void reply.send(await this.pages.page(tenantId, after, topics));
      return;
    }
    if (request.method === 'HEAD') {
      void reply.headers(SSE_HEADERS).send('');
      return;
    }
    const hasApprovals = topics.has('approvals');
    const encoding = hasApprovals ? EVENT_SOURCE_ENCODING : SILENT_ENCODING;
    const from = hasApprovals ? after : await this.inbox.tail(tenantId);
    const stream = await this.inbox.stream(tenantId, from, new Set(), encoding);
    this.access.open(principal, stream, scopes);
    const tell = (hint: RunHint | PauseHint): void => {
      stream.tell(`data: ${JSON.stringify(hint)}\n\n`);
    };
    stream.once('close', this.pauses.follow(tenantId, tell));
    if (topics.has('runs')) stream.once('close', this.hints.follow(tenantId, tell));
    void reply.headers(SSE_HEADERS).send(stream);
  }
}

/** The requested topics; default: all. */
function topicsOf(value: string | undefined): ReadonlySet<EventTopic> {
  const topics = typesOf(
    value,
    EVENT_TOPICS,
    (topic) => `There is no topic "${topic}". Use ${EVENT_TOPICS.join(', ')}.`,
  );
  return topics.size === 0 ? new Set(EVENT_TOPICS) : (topics as ReadonlySet<EventTopic>);
}

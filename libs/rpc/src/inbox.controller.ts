import { Body, Controller, Get, Headers, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssentError, toAssentError, type Approval, type Principal } from '@assent/contract';
import {
  BatchBodySchema,
  BatchResultSchema,
  Answers,
  DecisionService,
  INBOX_EVENT_TYPES,
  Inbox,
  SchemaPipe,
  openApi,
  type BatchBody,
} from '@assent/approvals';
import { CurrentPrincipal, RequireAccess } from '@assent/platform';
import { toProblem, type Problem } from './error.map';
import { EVENT_SOURCE_ENCODING, SSE_HEADERS } from './frame.encoding';
import { StreamAccess } from './stream.access';
import { cursorOf, once } from './stream.query';

/** A name that stands twice in the query is an array. */
type InboxQuery = Readonly<Partial<Record<'after' | 'types' | 'ticket', string | string[]>>>;

interface BatchItem {
  readonly approvalId: string;
  readonly status: number;
  readonly approval?: Approval;
  readonly problem?: Problem;
}

const JSON_PAGE = 500;
const batchBody = new SchemaPipe(BatchBodySchema);

/** What a reviewer does with many approvals: follow them all, decide several. */
@ApiTags('approvals')
@ApiBearerAuth()
@Controller('approvals')
export class InboxController {
  constructor(
    private readonly access: StreamAccess,
    private readonly inbox: Inbox,
    private readonly decisions: DecisionService,
  ) {}

  @Get('events')
  @RequireAccess('public')
  @ApiOperation({
    summary:
      'What happens to approvals, as SSE: replay after Last-Event-ID or ?after=, then live. Bearer key or ?ticket=',
    operationId: 'followApprovals',
  })
  @ApiQuery({ name: 'after', required: false, schema: { type: 'integer' } })
  @ApiQuery({ name: 'types', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'ticket', required: false, schema: { type: 'string' } })
  @ApiProduces('text/event-stream', 'application/json')
  async events(
    @Query() query: InboxQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const ticket = once(query.ticket, 'ticket');
    const tenantId = await this.access.tenantOf(request, ticket, null);
    const after = cursorOf(lastEventId ?? once(query.after, 'after'));
    const types = typesOf(once(query.types, 'types'));
    if (request.headers.accept?.includes('application/json')) {
      const { lines, tail } = await this.inbox.page(tenantId, after, JSON_PAGE);
      const shown = types.size === 0 ? lines : lines.filter(({ type }) => types.has(type));
      const events = `[${shown.map(({ json }) => json).join(',')}]`;
      void reply.header('content-type', 'application/json; charset=utf-8');
      void reply.send(`{"events":${events},"cursor":${lines.at(-1)?.seq ?? after},"tail":${tail}}`);
      return;
    }
    const stream = await this.inbox.stream(tenantId, after, types, EVENT_SOURCE_ENCODING);
    void reply.headers(SSE_HEADERS).send(stream);
  }

  @Post('decisions')
  @HttpCode(200)
  @RequireAccess('approval:decide')
  @ApiOperation({
    summary: 'Decide several, each on its own hash; each is answered on its own',
    operationId: 'decideMany',
  })
  @ApiBody({ schema: openApi(BatchBodySchema) })
  @Answers(200, 'One item for each decision, in their order', BatchResultSchema)
  async decide(
    @CurrentPrincipal() principal: Principal,
    @Body(batchBody) { decisions }: BatchBody,
    @Req() request: FastifyRequest,
  ): Promise<{ items: BatchItem[] }> {
    const items: BatchItem[] = [];
    // One after the other: two for one approval are then answered as if they had come so.
    for (const decision of decisions) {
      const { approvalId } = decision;
      try {
        items.push({ approvalId, status: 200, approval: await this.decisions.decide(principal, decision) });
      } catch (thrown) {
        const error = toAssentError(thrown);
        if (error.reason === 'internal') throw thrown;
        const problem = toProblem(error, request.id);
        items.push({ approvalId, status: problem.status, problem });
      }
    }
    return { items };
  }
}

function typesOf(value: string | undefined): Set<string> {
  const types = (value ?? '').split(',').filter((type) => type !== '');
  const unknown = types.find((type) => !(INBOX_EVENT_TYPES as readonly string[]).includes(type));
  if (unknown === undefined) return new Set(types);
  throw new AssentError('invalid', `There is no event "${unknown.slice(0, 64)}": docs/approvals.md lists them.`, {
    pointer: '/types',
  });
}

import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Static } from '@sinclair/typebox';
import {
  ApprovalSchema,
  AssentError,
  DiffSchema,
  METHODS,
  page,
  type Approval,
  type DecideParams,
  type Diff,
  type MethodResult,
  type Principal,
} from '@assent/contract';
import { CurrentPrincipal, RequireAccess, strictBody } from '@assent/platform';
import {
  ApprovalCountQueryDto,
  ApprovalQueryDto,
  ApproveBodySchema,
  AuditQueryDto,
  RejectBodySchema,
  ReviseBodySchema,
} from './approval.dto';
import { ApprovalService } from './approval.service';
import { AuditPageSchema, type AuditPage } from './audit.repository';
import { approvalNotFound } from './decision.check';
import { DecisionService } from './decision.service';
import { etag, hashFromIfMatch } from './if-match';
import { Answers, ApprovalId, Filters, IfMatch, openApi } from './openapi';
import { SchemaPipe } from './schema.pipe';

/** The part of the reply that is used here. */
interface Reply {
  header(name: string, value: string): this;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const approveBody = new SchemaPipe(ApproveBodySchema);
const rejectBody = new SchemaPipe(RejectBodySchema);
const reviseBody = new SchemaPipe(ReviseBodySchema);

/** REST for reviewers: list, look, revise, decide. */
@ApiTags('approvals')
@ApiBearerAuth()
@Controller('approvals')
export class ApprovalController {
  constructor(
    private readonly approvals: ApprovalService,
    private readonly decisions: DecisionService,
  ) {}

  @Get()
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'Approvals, oldest first', operationId: 'listApprovals' })
  @Filters()
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } })
  @Answers(200, 'A page', page(ApprovalSchema))
  list(
    @CurrentPrincipal() principal: Principal,
    @Query(strictBody) query: ApprovalQueryDto,
  ): Promise<{ items: Approval[]; cursor: string | null }> {
    return this.approvals.list(principal, query);
  }

  @Get('count')
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'How many approvals there are, by state', operationId: 'countApprovals' })
  @Filters()
  @Answers(200, 'Counts', METHODS['approval/count'].result)
  count(
    @CurrentPrincipal() principal: Principal,
    @Query(strictBody) query: ApprovalCountQueryDto,
  ): Promise<MethodResult<'approval/count'>> {
    return this.approvals.count(principal, query);
  }

  @Get(':id')
  @RequireAccess('approval:read')
  @ApiOperation({
    summary: 'One approval; its ETag is the content hash a decision must name',
    operationId: 'getApproval',
  })
  @ApprovalId()
  @Answers(200, 'The approval', ApprovalSchema)
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Approval> {
    return tagged(reply, await this.approvals.get(principal, known(id)));
  }

  @Get(':id/diff')
  @RequireAccess('approval:read')
  @ApiOperation({
    summary: 'What would be applied: JSON, or the bare patch with Accept: text/x-diff',
    operationId: 'getApprovalDiff',
  })
  @ApprovalId()
  @Answers(200, 'The diff, from the stored bytes', DiffSchema)
  async diff(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Diff | string> {
    const approval = tagged(reply.header('vary', 'origin, accept'), await this.approvals.get(principal, known(id)));
    if (accept?.includes('text/x-diff')) {
      reply.header('content-type', 'text/x-diff; charset=utf-8');
      return this.approvals.text(principal, approval);
    }
    if (approval.diffId !== null) return this.approvals.diff(principal, approval.diffId);
    throw new AssentError(
      'not_found',
      `Approval ${approval.approvalId} is about a ${approval.subject.type}: its text is at this address with Accept: text/x-diff.`,
    );
  }

  @Get(':id/audit')
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'Who did what to it, and on which content, oldest first', operationId: 'getApprovalAudit' })
  @ApprovalId()
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @Answers(200, 'A page', AuditPageSchema)
  trail(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query(strictBody) { cursor }: AuditQueryDto,
  ): Promise<AuditPage> {
    return this.approvals.trail(principal, known(id), cursor);
  }

  @Post(':id/approve')
  @HttpCode(200)
  @RequireAccess('approval:decide')
  @ApiOperation({
    summary: 'Approve exactly the content named by If-Match, or some of its hunks',
    operationId: 'approve',
  })
  @ApprovalId()
  @IfMatch()
  @ApiBody({ required: false, schema: openApi(ApproveBodySchema) })
  @Answers(200, 'The approval as it is now; with hunks its hash is that of what was chosen', ApprovalSchema)
  approve(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(approveBody) body: Static<typeof ApproveBodySchema>,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Approval> {
    return this.decide(principal, id, ifMatch, { decision: 'approve', ...body }, reply);
  }

  @Post(':id/reject')
  @HttpCode(200)
  @RequireAccess('approval:decide')
  @ApiOperation({ summary: 'Reject exactly the content named by If-Match', operationId: 'reject' })
  @ApprovalId()
  @IfMatch()
  @ApiBody({ required: false, schema: openApi(RejectBodySchema) })
  @Answers(200, 'The approval as it is now', ApprovalSchema)
  reject(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(rejectBody) body: Static<typeof RejectBodySchema>,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Approval> {
    return this.decide(principal, id, ifMatch, { decision: 'reject', ...body }, reply);
  }

  @Post(':id/revisions')
  @HttpCode(201)
  @RequireAccess('approval:decide')
  @ApiOperation({
    summary: 'Change what is asked for: a new revision, on which nobody has voted yet',
    operationId: 'revise',
  })
  @ApprovalId()
  @IfMatch()
  @ApiBody({ schema: openApi(ReviseBodySchema) })
  @Answers(201, 'The approval, about the new revision', ApprovalSchema)
  async revise(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(reviseBody) body: Static<typeof ReviseBodySchema>,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Approval> {
    const approvalId = known(id);
    const hash = hashFromIfMatch(ifMatch);
    return tagged(reply, await this.decisions.revise(principal, { approvalId, hash, ...body }));
  }

  private async decide(
    principal: Principal,
    id: string,
    ifMatch: string | undefined,
    body: Pick<DecideParams, 'decision' | 'comment' | 'hunks'>,
    reply: Reply,
  ): Promise<Approval> {
    const approvalId = known(id);
    const hash = hashFromIfMatch(ifMatch);
    return tagged(reply, await this.decisions.decide(principal, { approvalId, hash, ...body }));
  }
}

function tagged(reply: Reply, approval: Approval): Approval {
  reply.header('etag', etag(approval.hash));
  return approval;
}

/** An id that is none cannot exist; asking the database for it would only fail on its type. */
function known(id: string): string {
  if (!UUID.test(id)) throw approvalNotFound(id);
  return id.toLowerCase();
}

import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res, ValidationPipe } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Approval, type DecisionVerb, type Diff, type Principal } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, validationProblem } from '@assent/platform';
import { ApprovalQueryDto, DecisionDto } from './approval.dto';
import { ApprovalService } from './approval.service';
import { DecisionService, approvalNotFound } from './decision.service';
import { etag, hashFromIfMatch } from './if-match';

/** The part of the reply that is used here. */
interface Reply {
  header(name: string, value: string): this;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const strict = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: validationProblem,
});

/** REST for reviewers: list, look, decide. */
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
  @ApiOperation({ summary: 'Approvals, oldest first' })
  list(
    @CurrentPrincipal() principal: Principal,
    @Query(strict) query: ApprovalQueryDto,
  ): Promise<{ items: Approval[]; cursor: string | null }> {
    return this.approvals.list(principal, query);
  }

  @Get(':id')
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'One approval; its ETag is the content hash a decision must name' })
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Approval> {
    const approval = await this.approvals.get(principal, known(id));
    reply.header('etag', etag(approval.hash));
    return approval;
  }

  @Get(':id/diff')
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'What would be applied: JSON, or the bare patch with Accept: text/x-diff' })
  async diff(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Diff | string> {
    const approval = await this.approvals.get(principal, known(id));
    const diff = await this.approvals.diff(principal, approval.diffId);
    reply.header('etag', etag(diff.hash)).header('vary', 'origin, accept');
    if (!accept?.includes('text/x-diff')) return diff;
    reply.header('content-type', 'text/x-diff; charset=utf-8');
    return diff.patch;
  }

  @Post(':id/approve')
  @HttpCode(200)
  @RequireAccess('approval:decide')
  @ApiHeader({ name: 'If-Match', required: true })
  @ApiOperation({ summary: 'Approve exactly the content named by If-Match' })
  approve(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(strict) body: DecisionDto | undefined,
  ): Promise<Approval> {
    return this.decide(principal, id, 'approve', ifMatch, body);
  }

  @Post(':id/reject')
  @HttpCode(200)
  @RequireAccess('approval:decide')
  @ApiHeader({ name: 'If-Match', required: true })
  @ApiOperation({ summary: 'Reject exactly the content named by If-Match' })
  reject(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(strict) body: DecisionDto | undefined,
  ): Promise<Approval> {
    return this.decide(principal, id, 'reject', ifMatch, body);
  }

  private decide(
    principal: Principal,
    id: string,
    decision: DecisionVerb,
    ifMatch: string | undefined,
    body: DecisionDto | undefined,
  ): Promise<Approval> {
    const approvalId = known(id);
    const hash = hashFromIfMatch(ifMatch);
    const comment = body?.comment;
    return this.decisions.decide(principal, {
      approvalId,
      decision,
      hash,
      ...(comment === undefined ? {} : { comment }),
    });
  }
}

/** An id that is none cannot exist; asking the database for it would only fail on its type. */
function known(id: string): string {
  if (!UUID.test(id)) throw approvalNotFound(id);
  return id.toLowerCase();
}

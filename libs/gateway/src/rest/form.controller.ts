import { Controller, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApprovalService } from '@assent/approvals';
import { DiffSchema, TREE_MEDIA_TYPES, type Diff, type Principal } from '@assent/contract';
import { CurrentPrincipal } from '@assent/identity';
import { httpProblem } from '../http/error.map';
import { sendProblem } from '../http/transport.problem';
import { RunReader } from '../run.reader';
import { negotiate } from './accept';
import { etag } from './if-match';
import { RestRoute, restParams } from './rest.route';
import { plainSchema } from '../wire.schema';
import { TREE_CONTENT, renderTree } from './tree.form';

const treeParams = restParams('tree/get');
const diffParams = restParams('approval/diff/get');

/** Results with several media types, chosen by `Accept`. */
@ApiBearerAuth()
@Controller()
export class FormController {
  constructor(
    private readonly runs: RunReader,
    private readonly approvals: ApprovalService,
  ) {}

  @RestRoute('tree/get')
  @ApiResponse({ status: 200, description: 'The tree', content: TREE_CONTENT })
  @ApiResponse({ status: 404, description: 'No such run, or no tree of this step' })
  @ApiResponse({ status: 406, description: 'Accept names none of these types' })
  async tree(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { runId, step } = treeParams(request);
    void reply.header('vary', 'origin, accept');
    const type = negotiate(request.headers.accept, TREE_MEDIA_TYPES);
    if (type === null) {
      const detail = `A tree is available as ${TREE_MEDIA_TYPES.join(', ')}. Name one of them in Accept, or leave the header out.`;
      const problem = httpProblem(406, 'Not Acceptable', detail, request.id);
      sendProblem(reply, problem);
      return;
    }
    const tree = await this.runs.tree(principal, runId, step ?? null);
    void reply.header('content-type', `${type}; charset=utf-8`).send(renderTree(tree, type));
  }

  @RestRoute('approval/diff/get')
  @ApiResponse({
    status: 200,
    description: 'The diff, from the stored bytes',
    content: { 'application/json': { schema: plainSchema(DiffSchema) } },
  })
  async diff(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Diff | string> {
    void reply.header('vary', 'origin, accept');
    const { approvalId, context } = diffParams(request);
    const approval = await this.approvals.get(principal, approvalId);
    void reply.header('etag', etag(approval.hash));
    if (!request.headers.accept?.includes('text/x-diff')) return this.approvals.diffOf(principal, approval, context);
    void reply.header('content-type', 'text/x-diff; charset=utf-8');
    return this.approvals.text(principal, approval, context);
  }
}

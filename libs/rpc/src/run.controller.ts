import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MAX_INTEGER, type Principal, type Run } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, strictBody } from '@assent/platform';
import { negotiate } from './accept';
import { httpProblem } from './error.map';
import { RunQueryDto } from './run.dto';
import { RunReader } from './run.reader';
import { TreeQueryDto } from './tree.dto';
import { TREE_CONTENT, TREE_TYPES, renderTree } from './tree.form';

/** REST mirror of the reads of runs. */
@ApiTags('runs')
@ApiBearerAuth()
@Controller('runs')
@RequireAccess('run:read')
export class RunController {
  constructor(private readonly reader: RunReader) {}

  @Get()
  @ApiOperation({ summary: 'Runs, newest first' })
  list(
    @CurrentPrincipal() principal: Principal,
    @Query(strictBody) query: RunQueryDto,
  ): Promise<{ items: Run[]; cursor: string | null }> {
    return this.reader.list(principal, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One run with its pending requests' })
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Run> {
    return this.reader.get(principal, id);
  }

  @Get(':id/tree')
  @ApiOperation({ summary: 'The scored tree of a step: JSON, a Mermaid flowchart or Graphviz DOT, by Accept' })
  @ApiQuery({
    name: 'step',
    required: false,
    description: 'Default: the newest',
    schema: { type: 'integer', minimum: 1, maximum: MAX_INTEGER },
  })
  @ApiResponse({ status: 200, description: 'The tree', content: TREE_CONTENT })
  @ApiResponse({ status: 404, description: 'No such run, or no tree of this step' })
  @ApiResponse({ status: 406, description: 'Accept names none of these types' })
  async tree(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query(strictBody) { step }: TreeQueryDto,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    void reply.header('vary', 'origin, accept');
    const type = negotiate(accept, TREE_TYPES);
    if (type === null) {
      const detail = `A tree comes as ${TREE_TYPES.join(', ')}: name one of them in Accept, or leave the header out.`;
      const problem = httpProblem(406, 'Not Acceptable', detail, request.id);
      void reply.code(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
      return;
    }
    const tree = await this.reader.tree(principal, id, step ?? null);
    void reply.header('content-type', `${type}; charset=utf-8`).send(renderTree(tree, type));
  }
}

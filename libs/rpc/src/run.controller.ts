import { Controller, Get, Param, Query, ValidationPipe } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal, Run, Tree } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, validationProblem } from '@assent/platform';
import { RunQueryDto } from './run.dto';
import { RunReader } from './run.reader';

const strict = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: validationProblem,
});

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
    @Query(strict) query: RunQueryDto,
  ): Promise<{ items: Run[]; cursor: string | null }> {
    return this.reader.list(principal, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One run with its pending requests' })
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Run> {
    return this.reader.get(principal, id);
  }

  @Get(':id/tree')
  @ApiOperation({ summary: 'The scored tree of the newest step' })
  tree(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Tree> {
    return this.reader.tree(principal, id, null);
  }
}

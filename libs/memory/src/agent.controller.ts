import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { MemoryDrift, MemoryRun, Principal } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, strictBody } from '@assent/platform';
import { DriftService } from './drift/drift.service';
import { known } from './memory.controller';
import { PageDto } from './memory.dto';
import { OptimizerService } from './optimizer/optimizer.service';

/** REST mirror of what the optimization agent does, and of what memory is worth. */
@ApiTags('memory')
@ApiBearerAuth()
@Controller('memory')
@RequireAccess('memory:read')
export class AgentController {
  constructor(
    private readonly optimizer: OptimizerService,
    private readonly drifting: DriftService,
  ) {}

  @Get('runs')
  @ApiOperation({ summary: 'Runs of the optimization agent, newest first' })
  runs(
    @CurrentPrincipal() { tenantId }: Principal,
    @Query(strictBody) query: PageDto,
  ): Promise<{ items: MemoryRun[]; cursor: string | null }> {
    return this.optimizer.list(tenantId, query);
  }

  @Get('runs/:id')
  @ApiOperation({ summary: 'One run of the agent: what it read, proposed, applied, and why' })
  run(@CurrentPrincipal() { tenantId }: Principal, @Param('id') id: string): Promise<MemoryRun> {
    return this.optimizer.get(tenantId, known(id));
  }

  @Get('drift')
  @ApiOperation({ summary: 'What memory is worth: runs with recalled fragments against those without' })
  drift(@CurrentPrincipal() { tenantId }: Principal): Promise<MemoryDrift> {
    return this.drifting.get(tenantId);
  }
}

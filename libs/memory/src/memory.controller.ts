import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  AssentError,
  type Fragment,
  type FragmentVersion,
  type MemoryPlan,
  type MetaPrompt,
  type Principal,
  type RankedFragment,
} from '@assent/contract';
import { CurrentPrincipal, RequireAccess, strictBody } from '@assent/platform';
import { ArchiveService } from './archive/archive.service';
import { MetaPromptService } from './evolution/meta-prompt.service';
import { FragmentQueryDto, MetaPromptQueryDto, PlanQueryDto, SearchQueryDto } from './memory.dto';
import { MemoryService } from './memory.service';
import { PlanService } from './plans/plan.service';

interface Page<T> {
  readonly items: T[];
  readonly cursor: string | null;
}

/** The part of the reply that is used here. */
interface Reply {
  header(name: string, value: string): this;
  send(body: unknown): unknown;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** REST mirror of the reads of memory. */
@ApiTags('memory')
@ApiBearerAuth()
@Controller('memory')
@RequireAccess('memory:read')
export class MemoryController {
  constructor(
    private readonly memory: MemoryService,
    private readonly plans: PlanService,
    private readonly archive: ArchiveService,
    private readonly prompts: MetaPromptService,
  ) {}

  @Get('fragments')
  @ApiOperation({ summary: 'Fragments, newest first' })
  fragments(
    @CurrentPrincipal() { tenantId }: Principal,
    @Query(strictBody) query: FragmentQueryDto,
  ): Promise<Page<Fragment>> {
    return this.memory.list(tenantId, query);
  }

  @Get('fragments/:id')
  @ApiOperation({ summary: 'One fragment with what it was before' })
  fragment(
    @CurrentPrincipal() { tenantId }: Principal,
    @Param('id') id: string,
  ): Promise<{ fragment: Fragment; history: FragmentVersion[] }> {
    return this.memory.withHistory(tenantId, known(id));
  }

  @Get('search')
  @ApiOperation({ summary: 'Fragments that match a query, best first' })
  async search(
    @CurrentPrincipal() { tenantId }: Principal,
    @Query(strictBody) { query, agent, limit }: SearchQueryDto,
  ): Promise<Page<RankedFragment>> {
    return { items: await this.memory.search({ tenantId, agent: agent ?? null }, query, limit), cursor: null };
  }

  @Get('plans')
  @ApiOperation({ summary: 'Memory plans, newest first' })
  planned(
    @CurrentPrincipal() { tenantId }: Principal,
    @Query(strictBody) query: PlanQueryDto,
  ): Promise<Page<MemoryPlan>> {
    return this.plans.list(tenantId, query);
  }

  @Get('plans/:id')
  @ApiOperation({ summary: 'One memory plan' })
  plan(@CurrentPrincipal() { tenantId }: Principal, @Param('id') id: string): Promise<MemoryPlan> {
    return this.plans.get(tenantId, known(id));
  }

  @Get('meta-prompts')
  @ApiOperation({ summary: 'Meta-prompts, newest first' })
  metaPrompts(
    @CurrentPrincipal() { tenantId }: Principal,
    @Query(strictBody) query: MetaPromptQueryDto,
  ): Promise<Page<MetaPrompt>> {
    return this.prompts.list(tenantId, query);
  }

  @Get('meta-prompts/:id')
  @ApiOperation({ summary: 'One meta-prompt' })
  metaPrompt(@CurrentPrincipal() { tenantId }: Principal, @Param('id') id: string): Promise<MetaPrompt> {
    return this.prompts.get(tenantId, known(id));
  }

  @Get('export')
  @RequireAccess('memory:admin')
  @ApiOperation({ summary: 'Active and staged fragments as JSON lines (application/x-ndjson), for memory/import' })
  export(@CurrentPrincipal() { tenantId }: Principal, @Res() reply: Reply): void {
    void reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(Readable.from(this.archive.lines(tenantId)));
  }
}

/** Something that is no id is as unknown as an id that nobody has. */
export function known(id: string): string {
  if (UUID.test(id)) return id;
  throw new AssentError('not_found', `There is nothing with the id "${id.slice(0, 64)}" in memory.`);
}

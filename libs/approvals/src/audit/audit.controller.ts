import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, strictBody } from '@assent/platform';
import type { ChainHead } from './audit.chain';
import { AuditExportDto, AuditQueryDto } from './audit.dto';
import { AuditService, type WireAuditLine } from './audit.service';

/** The audit: who did what, to what, on which content. Whoever may look at approvals may see what became of them. */
@ApiTags('audit')
@ApiBearerAuth()
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'Lines of the audit, newest first' })
  list(
    @CurrentPrincipal() principal: Principal,
    @Query(strictBody) query: AuditQueryDto,
  ): Promise<{ items: WireAuditLine[]; cursor: string | null }> {
    return this.audit.list(principal, query);
  }

  @Get('head')
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'The end of the chain; note it down elsewhere' })
  head(@CurrentPrincipal() principal: Principal): Promise<ChainHead> {
    return this.audit.head(principal);
  }

  @Get('export')
  @RequireAccess('approval:read')
  @ApiOperation({ summary: 'The whole chain as JSON lines, the head last; npm run audit:verify checks it' })
  export(@CurrentPrincipal() principal: Principal, @Query(strictBody) query: AuditExportDto): StreamableFile {
    return new StreamableFile(Readable.from(this.audit.export(principal, query.after), { objectMode: false }), {
      type: 'application/x-ndjson',
      disposition: 'attachment; filename="audit.jsonl"',
    });
  }
}

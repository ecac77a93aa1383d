import { Readable } from 'node:stream';
import { Controller, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditService } from '@assent/audit';
import type { Principal } from '@assent/contract';
import { ArchiveService } from '@assent/memory';
import { CurrentPrincipal } from '@assent/identity';
import { RestRoute, restParams } from './rest.route';

const auditParams = restParams('audit/export');

/** Complete exports as JSON lines. JSON-RPC delivers the same lines in pages. */
@ApiBearerAuth()
@Controller()
export class ExportController {
  constructor(
    private readonly audit: AuditService,
    private readonly archive: ArchiveService,
  ) {}

  @RestRoute('audit/export')
  chain(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest): StreamableFile {
    const { after } = auditParams(request);
    return new StreamableFile(Readable.from(this.audit.export(principal, after), { objectMode: false }), {
      type: 'application/x-ndjson',
      disposition: 'attachment; filename="audit.jsonl"',
    });
  }

  @RestRoute('memory/export')
  fragments(@CurrentPrincipal() { tenantId }: Principal, @Res() reply: FastifyReply): void {
    void reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(Readable.from(this.archive.lines(tenantId)));
  }
}

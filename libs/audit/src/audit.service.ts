import { Injectable } from '@nestjs/common';
import {
  AUDIT_EXPORT_MAX,
  AssentError,
  type AuditLine,
  type ChainHead,
  type MethodParams,
  type MethodResult,
  type Principal,
  type ReadableAuditLine,
  DEFAULT_PAGE,
  invalidCursor,
  pageOf,
} from '@assent/contract';
import { ChainVerifier, GENESIS, type ChainReport } from './audit.chain';
import { ChainRepository } from './chain.repository';

/** The audit of a tenant, for people and for export. */
@Injectable()
export class AuditService {
  constructor(private readonly audit: ChainRepository) {}

  /** Newest first. @throws AssentError invalid (cursor, times) */
  async list({ tenantId }: Principal, query: MethodParams<'audit/list'>): Promise<MethodResult<'audit/list'>> {
    const limit = query.limit ?? DEFAULT_PAGE;
    const lines = await this.audit.list(tenantId, {
      action: query.action ?? null,
      actor: query.actor ?? null,
      subjectType: query.subjectType ?? null,
      subjectId: query.subjectId ?? null,
      runId: query.runId ?? null,
      from: readTime(query.from, '/from'),
      to: readTime(query.to, '/to'),
      before: readCursor(query.cursor),
      limit,
    });
    return pageOf(lines, limit, toWire, ({ position }) => String(position));
  }

  /** The end of the chain. Recorded elsewhere, it later reveals that lines were cut off. */
  async head({ tenantId }: Principal): Promise<ChainHead> {
    return (await this.audit.head(tenantId)) ?? GENESIS;
  }

  /** One page of an export, in the order of the chain. */
  async page(
    { tenantId }: Principal,
    { after = 0, limit = AUDIT_EXPORT_MAX }: MethodParams<'audit/export'>,
  ): Promise<MethodResult<'audit/export'>> {
    const head = (await this.audit.head(tenantId)) ?? GENESIS;
    const items = await this.audit.page(tenantId, after, limit);
    const within = items.filter(({ position }) => position <= head.position);
    return { items: within, cursor: within.at(-1)?.position ?? after, head };
  }

  /** JSON lines in the order of the chain, up to its current head, which is the last line. */
  async *export({ tenantId }: Principal, after = 0): AsyncGenerator<string> {
    const head = (await this.audit.head(tenantId)) ?? GENESIS;
    let position = after;
    while (position < head.position) {
      const lines = (await this.audit.page(tenantId, position, AUDIT_EXPORT_MAX)).filter(
        (line) => line.position <= head.position,
      );
      if (lines.length === 0) break;
      position = lines.at(-1)?.position ?? position;
      yield lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    }
    yield `${JSON.stringify({ head })}\n`;
  }

  /** Follows the stored chain of a tenant to its head. */
  async verify(tenantId: string): Promise<ChainReport> {
    const head = await this.audit.head(tenantId);
    const verifier = new ChainVerifier(head ? [head] : []);
    let position = 0;
    for (;;) {
      const lines = await this.audit.page(tenantId, position, AUDIT_EXPORT_MAX);
      for (const line of lines) verifier.add(line);
      position = lines.at(-1)?.position ?? position;
      if (lines.length < AUDIT_EXPORT_MAX) break;
    }
    const report = verifier.finish();
    if (head || position === 0) return report;
    return {
      ...report,
      problems: [...report.problems, { position, problem: 'the database has lost the head of this chain' }],
    };
  }
}

function toWire(line: AuditLine): ReadableAuditLine {
  return { ...line, detail: JSON.parse(line.detail) as unknown };
}

/** ISO 8601 also has week dates and ordinal dates, which JavaScript cannot parse. */
function readTime(text: string | undefined, pointer: string): Date | null {
  if (text === undefined) return null;
  const time = new Date(text);
  if (Number.isFinite(time.getTime())) return time;
  throw new AssentError('invalid', `${pointer.slice(1)} is not a time like 2026-01-31T12:00:00Z.`, { pointer });
}

function readCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const position = Number(cursor);
  if (Number.isSafeInteger(position) && position > 0) return position;
  throw invalidCursor();
}

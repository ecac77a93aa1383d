import { Injectable } from '@nestjs/common';
import { AssentError, type Principal } from '@assent/contract';
import { ChainVerifier, GENESIS, type AuditLine, type ChainHead, type ChainVerdict } from './audit.chain';
import { ChainRepository } from './chain.repository';

const DEFAULT_PAGE = 20;
/** Lines one statement of an export reads. */
const EXPORT_PAGE = 500;

/** A line for people: `detail` is an object, not its text. */
export type WireAuditLine = Omit<AuditLine, 'detail'> & { readonly detail: unknown };

export interface AuditQuery {
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly subjectType?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly runId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** The audit of a tenant, for people and for export. */
@Injectable()
export class AuditService {
  constructor(private readonly audit: ChainRepository) {}

  /** Newest first. @throws AssentError invalid (cursor, times) */
  async list({ tenantId }: Principal, query: AuditQuery): Promise<{ items: WireAuditLine[]; cursor: string | null }> {
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
    const last = lines.length === limit ? lines.at(-1) : undefined;
    return { items: lines.map(toWire), cursor: last ? String(last.position) : null };
  }

  /** The end of the chain: whoever notes it down elsewhere notices later that lines were cut off. */
  async head({ tenantId }: Principal): Promise<ChainHead> {
    return (await this.audit.head(tenantId)) ?? GENESIS;
  }

  /** JSON lines, in the order of the chain, up to its head of now, which is the last line. */
  async *export({ tenantId }: Principal, after = 0): AsyncGenerator<string> {
    const head = (await this.audit.head(tenantId)) ?? GENESIS;
    let position = after;
    while (position < head.position) {
      const lines = (await this.audit.page(tenantId, position, EXPORT_PAGE)).filter(
        (line) => line.position <= head.position,
      );
      if (lines.length === 0) break;
      position = lines.at(-1)?.position ?? position;
      yield lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    }
    yield `${JSON.stringify({ head })}\n`;
  }

  /** Follows the stored chain of a tenant to its head. */
  async verify(tenantId: string): Promise<ChainVerdict> {
    const head = await this.audit.head(tenantId);
    const verifier = new ChainVerifier(head ? [head] : []);
    let position = 0;
    for (;;) {
      const lines = await this.audit.page(tenantId, position, EXPORT_PAGE);
      for (const line of lines) verifier.add(line);
      position = lines.at(-1)?.position ?? position;
      if (lines.length < EXPORT_PAGE) break;
    }
    const verdict = verifier.finish();
    if (head || position === 0) return verdict;
    return {
      ...verdict,
      problems: [...verdict.problems, { position, problem: 'the database has lost the head of this chain' }],
    };
  }
}

function toWire(line: AuditLine): WireAuditLine {
  return { ...line, detail: JSON.parse(line.detail) as unknown };
}

/** ISO 8601 knows weeks and days of the year, which are no time to JavaScript. */
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
  throw new AssentError('invalid', 'This cursor is not one of ours: pass the cursor of the page before.', {
    pointer: '/cursor',
  });
}

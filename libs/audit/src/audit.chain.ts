import { createHash } from 'node:crypto';
import type { AuditLine, ChainHead } from '@assent/contract';

export const GENESIS: ChainHead = { position: 0, hash: '0'.repeat(64) };
/** Version of the encoding, so that another one can replace it. */
const ENCODING = 'assent-audit-1';

/** A fault in a chain, and its position. */
export interface ChainProblem {
  readonly position: number;
  readonly problem: string;
}

export interface ChainReport {
  readonly head: ChainHead;
  readonly problems: readonly ChainProblem[];
}

/** SHA-256 (hex) over the encoded columns. The database computes the same (audit_row_hash). */
export function rowHashOf(line: Omit<AuditLine, 'rowHash'>): string {
  const fields = [
    ENCODING,
    line.tenantId,
    String(line.position),
    line.previousHash,
    line.id,
    line.action,
    line.actor,
    line.subjectType,
    line.subjectId,
    line.runId,
    line.hash,
    line.policyVersion,
    line.detail,
    line.createdAt,
  ];
  return createHash('sha256').update(fields.map(netstring).join(''), 'utf8').digest('hex');
}

/**
 * Verifies the chain of one tenant line by line. A change, a gap, a swap or a cut is reported at the first affected
 * line.
 */
export class ChainVerifier {
  private head: ChainHead = GENESIS;
  private readonly found: ChainProblem[] = [];
  private tenantId: string | undefined;
  /** Recorded heads that have not been reached yet. */
  private readonly known: ChainHead[];

  constructor(known: readonly ChainHead[] = []) {
    this.known = [...known];
  }

  add(line: AuditLine): void {
    const { position } = line;
    this.tenantId ??= line.tenantId;
    if (line.tenantId !== this.tenantId) this.report(position, `the line belongs to tenant ${line.tenantId}`);
    const expected = this.head.position + 1;
    if (position !== expected) this.report(position, `position ${expected} is missing, repeated or out of order`);
    if (line.previousHash !== this.head.hash) this.report(position, 'it does not follow the line before it');
    if (rowHashOf(line) !== line.rowHash) this.report(position, 'its content is not what was hashed');
    this.head = { position, hash: line.rowHash };
    for (const known of this.known) {
      if (known.position === position && known.hash !== line.rowHash) {
        this.report(position, 'it is not the line that was noted down for this position');
      }
    }
  }

  /** The report. A recorded head beyond the last line means that lines were cut off. */
  finish(): ChainReport {
    const cut = this.known.filter(({ position }) => position > this.head.position);
    const problems = cut.map(({ position }) => ({
      position,
      problem: 'lines up to here were noted down, and are missing',
    }));
    return { head: this.head, problems: [...this.found, ...problems] };
  }

  private report(position: number, problem: string): void {
    this.found.push({ position, problem });
  }
}

function netstring(value: string | null): string {
  return value === null ? '-,' : `${Buffer.byteLength(value, 'utf8')}:${value},`;
}

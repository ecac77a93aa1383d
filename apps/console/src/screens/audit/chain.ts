import type { AuditLine, ChainHead } from '@assent/client';

/** The head of an empty chain. */
export const GENESIS: ChainHead = { position: 0, hash: '0'.repeat(64) };
/** Names the encoding of docs/audit.md. */
const ENCODING = 'assent-audit-1';
const HEAD = /^(\d{1,15}):([0-9a-f]{64})$/;

/**
 * Kinds of problems. `tenant`: a line of another tenant. `position`: a gap, a repetition or a swap. `link`: it does not follow the
 * line before. `content`: its content is not what was hashed. `noted`, `cut`: it contradicts a head that was noted down.
 * `head`, `headless`: the lines do not lead to the head of the export, or the export has no head.
 */
export type ChainProblemKind = 'tenant' | 'position' | 'link' | 'content' | 'noted' | 'cut' | 'head' | 'headless';

export interface ChainProblem {
  readonly position: number;
  readonly kind: ChainProblemKind;
}

export interface ChainReport {
  readonly lines: number;
  readonly head: ChainHead;
  readonly problems: readonly ChainProblem[];
}

/** SHA-256, as `SubtleCrypto` computes it. */
export type Digest = (data: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;

const encoder = new TextEncoder();

/** The bytes of which `rowHash` is the SHA-256: each field as `<length in bytes>:<text>,`, null as `-,`. */
export function encodeRow(line: Omit<AuditLine, 'rowHash'>): Uint8Array<ArrayBuffer> {
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
  return encoder.encode(fields.map(netstring).join(''));
}

/** `rowHash` of a line, in lower-case hex. */
export async function rowHashOf(line: Omit<AuditLine, 'rowHash'>, digest: Digest): Promise<string> {
  const bytes = new Uint8Array(await digest(encodeRow(line)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Follows the chain of one tenant, by the rules of `npm run audit:verify`. */
export class ChainVerifier {
  private lines = 0;
  private head = GENESIS;
  private tenantId: string | undefined;
  private readonly found: ChainProblem[] = [];

  /** @param noted heads that were noted down before; without one, lines cut off at the end cannot be detected */
  constructor(
    private readonly digest: Digest,
    private readonly noted: readonly ChainHead[] = [],
  ) {}

  /** Position of the last line. */
  get position(): number {
    return this.head.position;
  }

  get problems(): number {
    return this.found.length;
  }

  async add(lines: readonly AuditLine[]): Promise<void> {
    const hashes = await Promise.all(lines.map((line) => rowHashOf(line, this.digest)));
    for (const [index, line] of lines.entries()) this.follow(line, hashes[index]);
  }

  /** @param end the head that came with the lines; null: none came */
  finish(end: ChainHead | null): ChainReport {
    const { head, lines } = this;
    const problems = [...this.found];
    for (const { position } of this.noted) if (position > head.position) problems.push({ position, kind: 'cut' });
    if (!end) problems.push({ position: head.position, kind: 'headless' });
    else if (end.position !== head.position || end.hash !== head.hash)
      problems.push({ position: end.position, kind: 'head' });
    return { lines, head, problems };
  }

  private follow(line: AuditLine, hash: string | undefined): void {
    const { position, rowHash } = line;
    const report = (kind: ChainProblemKind): void => {
      this.found.push({ position, kind });
    };
    this.tenantId ??= line.tenantId;
    if (line.tenantId !== this.tenantId) report('tenant');
    if (position !== this.head.position + 1) report('position');
    if (line.previousHash !== this.head.hash) report('link');
    if (hash !== rowHash) report('content');
    if (this.noted.some((noted) => noted.position === position && noted.hash !== rowHash)) report('noted');
    this.head = { position, hash: rowHash };
    this.lines += 1;
  }
}

/** `<position>:<hash>`, as a head is noted down. @returns null when the text is not a head */
export function readHead(text: string): ChainHead | null {
  const [, position, hash] = HEAD.exec(text.trim()) ?? [];
  return position === undefined || hash === undefined ? null : { position: Number(position), hash };
}

export function headText({ position, hash }: ChainHead): string {
  return `${position}:${hash}`;
}

function netstring(value: string | null): string {
  return value === null ? '-,' : `${encoder.encode(value).length}:${value},`;
}

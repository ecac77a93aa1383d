import type { AuditLine, ChainHead } from '@assent/client';
import { readHead } from './chain';

const STRINGS = [
  'tenantId',
  'previousHash',
  'id',
  'action',
  'actor',
  'subjectType',
  'subjectId',
  'detail',
  'createdAt',
  'rowHash',
];
const NULLABLE = ['runId', 'hash', 'policyVersion'];

/** An export of the audit: its lines, and the head where it has one. */
export interface AuditExport {
  readonly lines: readonly AuditLine[];
  readonly head: ChainHead | null;
}

/** A text that is not an export. */
export class ExportError extends Error {
  constructor(
    readonly line: number,
    readonly kind: 'json' | 'line' | 'head' | 'after',
  ) {
    super(`line ${line}: ${kind}`);
  }
}

/** Reads the JSON lines of `GET /audit/export`. @throws ExportError naming the first malformed line */
export function readExport(text: string): AuditExport {
  const lines: AuditLine[] = [];
  let head: ChainHead | null = null;
  for (const [index, source] of text.split('\n').entries()) {
    if (source.trim() === '') continue;
    const number = index + 1;
    if (head) throw new ExportError(number, 'after');
    const value = parse(source, number);
    if ('head' in value) head = headOf(value['head'], number);
    else lines.push(lineOf(value, number));
  }
  return { lines, head };
}

/** The same text that `GET /audit/export` sends. */
export function writeExport(lines: readonly AuditLine[], head: ChainHead): string {
  return [...lines, { head }].map((value) => `${JSON.stringify(value)}\n`).join('');
}

function parse(source: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw new ExportError(number, 'json');
  }
  if (typeof value !== 'object' || value === null) throw new ExportError(number, 'json');
  return value as Record<string, unknown>;
}

function headOf(value: unknown, number: number): ChainHead {
  if (typeof value === 'object' && value !== null && 'position' in value && 'hash' in value) {
    const head = readHead(`${String(value.position)}:${String(value.hash)}`);
    if (head) return head;
  }
  throw new ExportError(number, 'head');
}

function lineOf(value: Record<string, unknown>, number: number): AuditLine {
  const isLine =
    Number.isSafeInteger(value['position']) &&
    STRINGS.every((name) => typeof value[name] === 'string') &&
    NULLABLE.every((name) => value[name] === null || typeof value[name] === 'string');
  if (!isLine) throw new ExportError(number, 'line');
  return value as unknown as AuditLine;
}

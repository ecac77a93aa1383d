import { malformed } from './patch-failure';
import { FILE_HEADER, HUNK_HEADER, HUNK_LINE } from './patch-lines';
import { quotePath } from './workspace-path';

/** A hunk, and the position that its header gives. */
export interface PatchHunk {
  /** Lines with their marks. */
  readonly lines: readonly string[];
  /** First line of the hunk in the file, from 1; for a hunk of new lines only, the line that it precedes; null: not given. */
  readonly oldStart: number | null;
  /** Line number of its header in the patch, from 1. */
  readonly patchLine?: number;
  /** Texts of lines above it, the outermost first. */
  readonly anchors?: readonly string[];
  /** The hunk ends at the end of the file. */
  readonly isAtEnd?: boolean;
}

/** A parsed hunk with the counts of its header. */
export interface ReadHunk extends PatchHunk {
  readonly patchLine: number;
  readonly anchors: readonly string[];
  readonly old: number;
  readonly new: number;
  /** Whether all counts in the header are correct. */
  readonly isAsCounted: boolean;
}

const END_OF_FILE = '*** End of File';
/** Header text that is not an anchor: placeholders in place of numbers, and unreadable numbers. */
const NO_ANCHOR = /^(?:[.\s]*$|[-+])/;

/**
 * Reads the hunks that begin at a line of a patch, regardless of the counts in their headers: each extends to the next header or the
 * end. Empty lines at its end belong to the surrounding format.
 * @param isEnd whether a line with a mark begins another part of the patch
 * @param options.isImplied the first hunk may have no header
 * @param options.before hunks of the patch that were read before, for messages
 * @returns index of the first line after the hunks
 * @throws AssentError `invalid` for a line without a mark; pointer /args/patch
 */
export function readHunks(
  lines: readonly string[],
  from: number,
  isEnd: (index: number) => boolean,
  { isImplied = false, before = 0 }: { isImplied?: boolean; before?: number } = {},
): { hunks: ReadHunk[]; next: number } {
  const hunks: ReadHunk[] = [];
  let at = from;
  while (at < lines.length && !isEnd(at)) {
    const isHeader = lines[at]?.startsWith('@@') === true;
    if (!isHeader && (hunks.length > 0 || !isImplied)) break;
    const headers: string[] = [];
    while (lines[at]?.startsWith('@@') === true && !isNumbered(headers.at(-1))) headers.push(lines[at++] ?? '');
    const first = at;
    while (at < lines.length && !isEnd(at) && belongs(lines, at, before + hunks.length + 1, first)) at += 1;
    const isAtEnd = lines[at]?.trim() === END_OF_FILE;
    hunks.push(hunkOf(headers, first, lines.slice(first, at), isAtEnd));
    if (isAtEnd) at += 1;
    while (lines[at]?.trim() === '') at += 1;
  }
  return { hunks, next: at };
}

function isNumbered(header: string | undefined): boolean {
  return header !== undefined && HUNK_HEADER.test(header);
}

/** Whether a line belongs to the open hunk. A header ends the hunk. */
function belongs(lines: readonly string[], index: number, number: number, header: number): boolean {
  const line = lines[index] ?? '';
  if (line === '\r' || HUNK_LINE.test(line)) return true;
  if (line.startsWith('@@') || line.startsWith('*** ') || FILE_HEADER.test(line)) return false;
  throw malformed(
    `has a line ${index + 1} that begins with none of the marks of a hunk: ${quotePath(line)}, inside hunk ${number} (line ${header} of the patch). Each line of a hunk begins with a space (it stays), "-" (it goes) or "+" (it comes)`,
  );
}

function hunkOf(headers: readonly string[], first: number, body: readonly string[], isAtEnd: boolean): ReadHunk {
  const end = isAtEnd ? body.length : body.findLastIndex((line) => line !== '' && line !== '\r') + 1;
  // Restore the space that was trimmed from an empty context line of a CRLF patch.
  const lines = body.slice(0, end).map((line) => (line === '\r' ? ' \r' : line));
  const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
  const counts = { old: lines.length - count('+') - count('\\'), new: lines.length - count('-') - count('\\') };
  const numbers = HUNK_HEADER.exec(headers.at(-1) ?? '');
  const [, start, old = '1', added = '1'] = numbers ?? [];
  const stated = Number(start);
  return {
    lines,
    ...counts,
    oldStart: stated > 0 && Number.isSafeInteger(stated) ? stated + (counts.old === 0 ? 1 : 0) : null,
    patchLine: first,
    anchors: headers.filter((header) => !isNumbered(header)).flatMap(anchorOf),
    isAtEnd,
    isAsCounted: numbers
      ? Number(old) === counts.old && Number(added) === counts.new
      : headers.every((header) => !/^@@\s*[-+]/.test(header)),
  };
}

/** `@@ class Server` or `@@ class Server @@` */
function anchorOf(header: string): string[] {
  const text = header
    .replace(/^@@/, '')
    .replace(/@@\s*$/, '')
    .trim();
  return NO_ANCHOR.test(text) ? [] : [text];
}

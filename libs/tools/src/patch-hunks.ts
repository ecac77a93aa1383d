import { malformed } from './patch-failure';
import { FILE_HEADER, HUNK_HEADER, HUNK_LINE } from './patch-lines';
import { quotePath } from './workspace-path';

/** A hunk, and what its header says of its place. */
export interface PatchHunk {
  /** Each with its mark. */
  readonly lines: readonly string[];
  /** The line of the file at which it begins, from 1, or, of a hunk of new lines only, before which it stands; null: not said. */
  readonly oldStart: number | null;
  /** Line of the patch that its header is, from 1. */
  readonly patchLine?: number;
  /** Texts of lines that stand before it, the outermost first. */
  readonly anchors?: readonly string[];
  /** It ends where the file ends. */
  readonly isAtEnd?: boolean;
}

/** A hunk as it was read, with what its header counts. */
export interface ReadHunk extends PatchHunk {
  readonly patchLine: number;
  readonly anchors: readonly string[];
  readonly old: number;
  readonly new: number;
  /** Whether all that the header says in numbers is right. */
  readonly isAsCounted: boolean;
}

const END_OF_FILE = '*** End of File';
/** What some write between the marks of a header in place of numbers, and numbers that cannot be read. */
const NO_ANCHOR = /^(?:[.\s]*$|[-+])/;

/**
 * Reads the hunks that begin at a line of a patch, however their headers count them: each goes on to the next header, or to the end.
 * Empty lines at its end belong to what wraps the patch.
 * @param isEnd whether the patch goes on with something else at a line that has a mark
 * @param options.isImplied the first hunk may have no header
 * @param options.before hunks of the patch that were read before, for messages
 * @returns index of the first line after them
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

/** Whether a line is one of the hunk that is open; a header ends it. */
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
  // An empty context line of a CRLF patch whose space was trimmed away.
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

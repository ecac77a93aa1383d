import { malformed } from './patch-failure';
import { quotePath } from './workspace-path';

/** Groups: the old start, and the counts of old and new lines. */
export const HUNK_HEADER = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@(?:\s|$)/;
export const FILE_HEADER =
  /^(?:diff |Index: |={67}$|index [0-9a-f]+\.\.|(?:new file|deleted file|old|new) mode \d|(?:dis)?similarity index \d|(?:rename|copy) (?:from|to) |Binary files |(?:---|\+\+\+)\s)/;
export const HUNK_LINE = /^(?:[-+ \\]|$)/;

/** The parts of a unified diff. */
export interface PatchOutline {
  /** Lines of file headers. */
  readonly headers: readonly string[];
  /** Line number in the patch at which each hunk begins, from 1, in patch order. */
  readonly hunkLines: readonly number[];
}

interface Hunk {
  readonly number: number;
  /** Line number of its header, from 1. */
  readonly line: number;
  readonly header: string;
  /** Counts in the header. */
  readonly counts: Counts;
}

interface Counts {
  readonly old: number;
  readonly new: number;
}

/**
 * Returns the outline of a unified diff after checking that all lines are headers or parts of hunks and match the counts of the
 * headers. jsdiff skips lines that it does not know, so a mistyped hunk header or an extra line would silently drop a part of the
 * change, and its messages name neither the line nor the problem.
 * @throws AssentError `invalid` that names the first wrong line; pointer /args/patch
 */
export function outlineOf(patch: string): PatchOutline {
  const lines = patch.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const headers: string[] = [];
  const hunkLines: number[] = [];
  let hunk: Hunk | null = null;
  let due: Counts = { old: 0, new: 0 };
  for (const [index, line] of lines.entries()) {
    if (hunk && (due.old > 0 || due.new > 0)) {
      if (!HUNK_LINE.test(line)) throw malformed(notOfHunk(hunk, index + 1, line));
      due = rest(due, line);
      if (due.old < 0 || due.new < 0) throw malformed(miscounted(hunk, lines));
      continue;
    }
    const header = HUNK_HEADER.exec(line);
    if (header) {
      due = { old: Number(header[2] ?? 1), new: Number(header[3] ?? 1) };
      hunk = { number: hunkLines.length + 1, line: index + 1, header: header[0].trim(), counts: due };
      hunkLines.push(index + 1);
    } else if (FILE_HEADER.test(line)) {
      headers.push(line);
      hunk = null;
    } else if (line.trim() !== '' && !(hunk !== null && line.startsWith('\\ '))) {
      throw malformed(
        `has a line ${index + 1} that is neither a header nor part of a hunk: ${strange(line, hunk, lines)}`,
      );
    }
  }
  if (hunk && (due.old > 0 || due.new > 0)) throw malformed(`ends in the middle of a hunk: ${counted(hunk, lines)}`);
  return { headers, hunkLines };
}

/** The counts that remain after one line of a hunk. */
function rest(due: Counts, line: string): Counts {
  switch (line.charAt(0)) {
    case '-':
      return { ...due, old: due.old - 1 };
    case '+':
      return { ...due, new: due.new - 1 };
    case '\\':
      return due;
    default:
      return { old: due.old - 1, new: due.new - 1 };
  }
}

function notOfHunk(hunk: Hunk, number: number, line: string): string {
  if (FILE_HEADER.test(line) || line.startsWith('@@')) return `breaks off inside a hunk: ${ended(hunk, number, line)}`;
  const advice = 'Each line of a hunk begins with a space (it stays), "-" (it goes) or "+" (it comes)';
  return `has a line ${number} that begins with none of the marks of a hunk: ${quotePath(line)}, inside ${named(hunk)}. ${advice}`;
}

function ended(hunk: Hunk, number: number, line: string): string {
  const { old, new: added } = hunk.counts;
  return `line ${number} is ${quotePath(line)}, but ${named(hunk)} counts ${old} old and ${added} new lines and has fewer. Correct the counts, or send the lines that are missing`;
}

function miscounted(hunk: Hunk, lines: readonly string[]): string {
  return `has a hunk with other lines than its header counts: ${counted(hunk, lines)}`;
}

/** @returns "hunk 1 (line 3 of the patch) counts ..., but has ...", and the correct header */
function counted(hunk: Hunk, lines: readonly string[]): string {
  const { old, new: added } = hunk.counts;
  const has = linesOfHunk(lines.slice(hunk.line));
  const header = hunk.header.replace(/^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/, `@@ -$1,${has.old} +$2,${has.new} @@`);
  return (
    `${named(hunk)} counts ${old} old and ${added} new lines, but has ${has.old} and ${has.new}. ` +
    `Correct the header to ${quotePath(header)}, or the lines below it`
  );
}

/** Counts the lines that a reader would attribute to the hunk, regardless of its header. */
function linesOfHunk(below: readonly string[]): Counts {
  const end = below.findIndex(
    (line, index) =>
      !HUNK_LINE.test(line) || (line.startsWith('--- ') && below[index + 1]?.startsWith('+++ ') === true),
  );
  const own = end === -1 ? below : below.slice(0, end);
  const zero = rest({ old: 0, new: 0 }, '\\');
  const due = own.reduce(rest, zero);
  return { old: Math.abs(due.old), new: Math.abs(due.new) };
}

function strange(line: string, hunk: Hunk | null, lines: readonly string[]): string {
  if (line.startsWith('@@')) {
    return `${quotePath(line)} is not a hunk header. One looks like "@@ -1,3 +1,4 @@"`;
  }
  if (line.startsWith('```')) return `${quotePath(line)} belongs to a code fence. Send the patch without it`;
  if (line.startsWith('*** ')) return `${quotePath(line)} belongs to another format of patches. Send a unified diff`;
  if (line === 'GIT binary patch') return `${quotePath(line)} begins a binary patch, and the file tools work on text`;
  if (hunk && HUNK_LINE.test(line)) return counted(hunk, lines);
  return `${quotePath(line)}. Send nothing but the unified diff`;
}

function named({ number, line }: Hunk): string {
  return `hunk ${number} (line ${line} of the patch)`;
}

import { malformed } from './patch-failure';

const HUNK_HEADER = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@(?:\s|$)/;
const FILE_HEADER =
  /^(?:diff |Index: |={67}$|index [0-9a-f]+\.\.|(?:new file|deleted file|old|new) mode \d|(?:dis)?similarity index \d|(?:rename|copy) (?:from|to) |Binary files |(?:---|\+\+\+)\s)/;

/**
 * The headers of a unified diff, once it is sure that all of its lines are headers or parts of hunks. jsdiff skips what it does
 * not know, so that a mistyped hunk header, or one line too many, would leave a part of the change out without a word.
 * @throws AssentError `invalid` that names the first line of another kind; pointer /args/patch
 */
export function headerLines(patch: string): string[] {
  const lines = patch.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const headers: string[] = [];
  let due = { old: 0, new: 0 };
  let hunkBefore = false;
  for (const [index, line] of lines.entries()) {
    if (due.old > 0 || due.new > 0) {
      due = rest(due, line);
      hunkBefore = true;
      continue;
    }
    const hunk = HUNK_HEADER.exec(line);
    if (hunk) {
      due = { old: Number(hunk[1] ?? 1), new: Number(hunk[2] ?? 1) };
    } else if (FILE_HEADER.test(line)) {
      headers.push(line);
    } else if (line.trim() !== '' && !(hunkBefore && line.startsWith('\\ '))) {
      throw malformed(`has a line ${index + 1} that is neither a header nor part of a hunk`);
    }
    hunkBefore = false;
  }
  if (due.old > 0 || due.new > 0) throw malformed('ends in the middle of a hunk');
  return headers;
}

/** What a hunk still has to bring after one of its lines. Counts that do not meet are jsdiff's to refuse. */
function rest(due: { old: number; new: number }, line: string): { old: number; new: number } {
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

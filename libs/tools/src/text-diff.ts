import { structuredPatch, type StructuredPatchHunk } from 'diff';
import { splitLines } from './text-lines';

/** Unchanged lines shown around a change, like git. */
const CONTEXT_LINES = 3;
/**
 * Maximum edits (lines added and removed) in the search for the smallest diff. The work grows with their square: replacing 3,000
 * lines by 3,000 others blocks the process for 1.5 s without a limit, and for 40 ms with this one.
 */
export const EDITS_MAX = 400;
/** Maximum lines of both sides between the shared beginning and end. Bounds the search together with EDITS_MAX. */
export const SEARCH_LINES_MAX = 20_000;
const NO_NEWLINE = '\\ No newline at end of file';

export interface FilePatch {
  /** One file of a git-style unified diff, ending in a newline. */
  readonly patch: string;
  /** Number of lines. */
  readonly added: number;
  readonly removed: number;
}

/**
 * The change of one file in a form that `git apply` accepts.
 * @param path checked by parsePath: no control character, no backslash
 * @param base null for a new file, which gets mode 644
 * @param result null for a deleted file
 * @param options.movedFrom former path of a renamed file; checked like `path`
 * @param options.editsMax maximum edits in the search for the smallest diff; at most EDITS_MAX
 */
export function diffText(
  path: string,
  base: string | null,
  result: string | null,
  { movedFrom = path, editsMax = EDITS_MAX }: { movedFrom?: string; editsMax?: number } = {},
): FilePatch {
  const hunks = findHunks(base ?? '', result ?? '', editsMax);
  const header = [
    `diff --git ${quoted(`a/${movedFrom}`)} ${quoted(`b/${path}`)}\n`,
    base === null ? 'new file mode 100644\n' : '',
    result === null ? 'deleted file mode 100644\n' : '',
  ];
  if (movedFrom !== path) {
    if (hunks.length === 0) header.push('similarity index 100%\n');
    header.push(`rename from ${quoted(movedFrom)}\n`, `rename to ${quoted(path)}\n`);
  }
  if (hunks.length > 0) {
    header.push(
      base === null ? '--- /dev/null\n' : `--- ${named(`a/${movedFrom}`)}\n`,
      result === null ? '+++ /dev/null\n' : `+++ ${named(`b/${path}`)}\n`,
    );
  }
  return {
    patch: [...header, ...hunks.map((hunk) => `${hunkHeader(hunk)}\n${hunk.body}`)].join(''),
    added: hunks.reduce((sum, hunk) => sum + hunk.added, 0),
    removed: hunks.reduce((sum, hunk) => sum + hunk.removed, 0),
  };
}

/** Line numbers count from 1. */
interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly added: number;
  readonly removed: number;
  /** Marked lines with terminators. */
  readonly body: string;
}

/** The smallest diff if it is found within the limit; otherwise one hunk that replaces everything between the shared ends. */
function findHunks(base: string, result: string, editsMax: number): Hunk[] {
  const baseLines = splitLines(base);
  const resultLines = splitLines(result);
  const { before, after } = sharedEnds(baseLines, resultLines);
  const start = Math.max(0, before - CONTEXT_LINES);
  const cut = Math.max(0, after - CONTEXT_LINES);
  const from = baseLines.slice(start, baseLines.length - cut);
  const to = resultLines.slice(start, resultLines.length - cut);

  const smallest =
    from.length + to.length > SEARCH_LINES_MAX
      ? undefined
      : structuredPatch('', '', from.join(''), to.join(''), undefined, undefined, {
          context: CONTEXT_LINES,
          maxEditLength: editsMax,
        });
  const hunks = smallest?.hunks.map(countedHunk) ?? [replaceAll(from, to, before - start, after - cut)];
  return hunks.map((hunk) => ({ ...hunk, oldStart: hunk.oldStart + start, newStart: hunk.newStart + start }));
}

/** Number of lines that both texts share at the beginning and at the end. No line counts twice. */
export function sharedEnds(base: readonly string[], result: readonly string[]): { before: number; after: number } {
  const shorter = Math.min(base.length, result.length);
  let before = 0;
  while (before < shorter && base[before] === result[before]) before += 1;
  let after = 0;
  while (after < shorter - before && base.at(-1 - after) === result.at(-1 - after)) after += 1;
  return { before, after };
}

/** One hunk; `head` and `tail` lines stay as context. */
function replaceAll(from: readonly string[], to: readonly string[], head: number, tail: number): Hunk {
  return {
    oldStart: 1,
    oldLines: from.length,
    newStart: 1,
    newLines: to.length,
    added: to.length - head - tail,
    removed: from.length - head - tail,
    body: [
      marked(' ', from.slice(0, head)),
      marked('-', from.slice(head, from.length - tail)),
      marked('+', to.slice(head, to.length - tail)),
      marked(' ', from.slice(from.length - tail)),
    ].join(''),
  };
}

function countedHunk({ lines, ...place }: StructuredPatchHunk): Hunk {
  const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
  return { ...place, added: count('+'), removed: count('-'), body: `${lines.join('\n')}\n` };
}

function marked(mark: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const text = `${mark}${lines.join(mark)}`;
  return text.endsWith('\n') ? text : `${text}\n${NO_NEWLINE}\n`;
}

/** Line numbers count from one, but an empty side is named by the line before it. */
function hunkHeader(hunk: Hunk): string {
  const oldStart = hunk.oldLines === 0 ? hunk.oldStart - 1 : hunk.oldStart;
  const newStart = hunk.newLines === 0 ? hunk.newStart - 1 : hunk.newStart;
  return `@@ -${oldStart},${hunk.oldLines} +${newStart},${hunk.newLines} @@`;
}

/** Git ends a name that contains a space with a tab, so that other readers do not take the rest for a date. */
function named(path: string): string {
  return path.includes(' ') && !path.includes('"') ? `${path}\t` : quoted(path);
}

/** Of the characters that git quotes, parsePath allows only the quote itself. Non-ASCII characters stay readable. */
function quoted(path: string): string {
  return path.includes('"') ? `"${path.replaceAll('"', '\\"')}"` : path;
}

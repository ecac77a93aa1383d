import { structuredPatch, type StructuredPatchHunk } from 'diff';
import { splitLines } from './text-lines';

/** Unchanged lines shown around a change, as git does. */
const CONTEXT_LINES = 3;
/**
 * Edits (lines added and removed) after which the search for the smallest diff stops. Its work grows with their square: 3,000
 * lines replaced by 3,000 others block the process for 1.5 s without a limit, for 40 ms with this one.
 */
export const EDITS_MAX = 400;
/** Lines of both sides that are searched, between what they begin and end with alike; bounds the search together with EDITS_MAX. */
export const SEARCH_LINES_MAX = 20_000;
const NO_NEWLINE = '\\ No newline at end of file';

export interface FilePatch {
  /** One file of a git-style unified diff, ending in a newline. */
  readonly patch: string;
  /** Lines. */
  readonly added: number;
  readonly removed: number;
}

/**
 * The change of one file as `git apply` accepts it.
 * @param path checked by parsePath: no control character, no backslash
 * @param base null when the file is new; it is then made with mode 644
 * @param result null when the file is deleted
 * @param options.movedFrom the path that `base` had, when the file is renamed; checked as `path`
 * @param options.editsMax lines added and removed after which the search for the smallest diff stops; at most EDITS_MAX
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

/** Starts count from 1. */
interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly added: number;
  readonly removed: number;
  /** Marked lines, each ended. */
  readonly body: string;
}

/** The smallest diff where it is found soon, else the one that needs no search: all between the shared ends is replaced. */
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

/** How many lines both begin, and both end with; no line counts for both. */
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

/** The format counts from one, but an empty side is named by the line before it. */
function hunkHeader(hunk: Hunk): string {
  const oldStart = hunk.oldLines === 0 ? hunk.oldStart - 1 : hunk.oldStart;
  const newStart = hunk.newLines === 0 ? hunk.newStart - 1 : hunk.newStart;
  return `@@ -${oldStart},${hunk.oldLines} +${newStart},${hunk.newLines} @@`;
}

/** Git ends a name with a space in it by a tab, so that readers of plain unified diffs do not take the rest for a date. */
function named(path: string): string {
  return path.includes(' ') && !path.includes('"') ? `${path}\t` : quoted(path);
}

/** Of the characters that git quotes, parsePath leaves only the quote itself; others than ASCII stay readable. */
function quoted(path: string): string {
  return path.includes('"') ? `"${path.replaceAll('"', '\\"')}"` : path;
}

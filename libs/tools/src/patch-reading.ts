import type { StructuredPatchHunk } from 'diff';
import { outlineOf } from './patch-lines';
import { readHunks, type PatchHunk, type ReadHunk } from './patch-hunks';

const FENCE = /^\s*(`{3,}|~{3,})[\w+.-]*\s*$/;

/** Properties of a hunk that jsdiff drops. */
export type HunkNote = Required<Pick<PatchHunk, 'patchLine' | 'anchors'>> & { readonly isPlaced: boolean };

/** A unified diff in a form that jsdiff reads. */
export interface UnifiedPatch {
  /** The given lines, with corrected headers. */
  readonly patch: string;
  /** Lines of file headers. */
  readonly headers: readonly string[];
  /** One note per hunk, in order. */
  readonly notes: readonly HunkNote[];
}

/** Removes a code fence around a patch. The lines keep their numbers. */
export function unfenced(patch: string): string {
  const lines = patch.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  const fence = FENCE.exec(lines[first] ?? '')?.[1];
  if (fence === undefined || last === first || lines[last]?.trim() !== fence) return patch;
  lines[first] = '';
  lines[last] = '';
  return lines.join('\n');
}

/**
 * Reads a unified diff as models write it, including headers with wrong or missing numbers. A correct diff stays unchanged.
 * @param exact requires correct numbers in the headers
 * @throws AssentError `invalid`; pointer /args/patch
 */
export function readUnified(patch: string, exact: boolean): UnifiedPatch {
  try {
    const { headers, hunkLines } = outlineOf(patch);
    return { patch, headers, notes: hunkLines.map((patchLine) => ({ patchLine, anchors: [], isPlaced: true })) };
  } catch (problem) {
    const { lines, hunks } = recounted(patch);
    if (exact && !(hunks.length > 0 && hunks.every(({ isAsCounted }) => isAsCounted))) throw problem;
    const text = lines.join('\n');
    const notes = hunks.map(({ patchLine, anchors, oldStart }) => ({
      patchLine,
      anchors,
      isPlaced: oldStart !== null,
    }));
    return { patch: text, headers: outlineOf(text).headers, notes };
  }
}

/**
 * Combines the hunks of jsdiff with the properties that it drops.
 * @param notes one per hunk
 * @param exact keeps an impossible start, which then fails; otherwise such a start counts as missing
 */
export function placedHunks(
  hunks: readonly StructuredPatchHunk[],
  notes: readonly HunkNote[],
  exact: boolean,
): PatchHunk[] {
  return hunks.map((hunk, index) => {
    const note = notes[index];
    if (!note) return hunk;
    const { patchLine, anchors, isPlaced } = note;
    return {
      lines: hunk.lines,
      oldStart: isPlaced && (exact || isLine(hunk.oldStart)) ? hunk.oldStart : null,
      patchLine,
      anchors,
    };
  });
}

/** Whether a hunk with expected lines can begin at this line. */
export function isLine(start: number): boolean {
  return Number.isSafeInteger(start) && start >= 1;
}

/** The lines of a patch with headers corrected to match their hunks. */
function recounted(patch: string): { lines: string[]; hunks: ReadHunk[] } {
  const lines = patch.split('\n');
  const hunks: ReadHunk[] = [];
  // A removed "-- x" above an added "++ y" looks like a file header, but only a file header is followed by a hunk.
  const isFile = (index: number) =>
    lines[index]?.startsWith('--- ') === true &&
    lines[index + 1]?.startsWith('+++ ') === true &&
    (lines[index + 2] === undefined || lines[index + 2]?.startsWith('@@') === true);
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at]?.startsWith('@@') !== true) continue;
    const { hunks: read, next } = readHunks(lines, at, isFile, { before: hunks.length });
    const own = read.filter((hunk) => hunk.lines.length > 0);
    lines.fill('', at, next);
    for (const hunk of own) {
      lines[hunk.patchLine - 1] = headerOf(hunk);
      hunk.lines.forEach((line, index) => (lines[hunk.patchLine + index] = line));
    }
    hunks.push(...own);
    at = next - 1;
  }
  return { lines, hunks };
}

function headerOf({ oldStart, old, new: added }: ReadHunk): string {
  const start = oldStart === null ? 1 : oldStart - (old === 0 ? 1 : 0);
  return `@@ -${start},${old} +${start},${added} @@`;
}

import type { StructuredPatchHunk } from 'diff';
import { outlineOf } from './patch-lines';
import { readHunks, type PatchHunk, type ReadHunk } from './patch-hunks';

const FENCE = /^\s*(`{3,}|~{3,})[\w+.-]*\s*$/;

/** What jsdiff does not keep of a hunk. */
export type HunkNote = Required<Pick<PatchHunk, 'patchLine' | 'anchors'>> & { readonly isPlaced: boolean };

/** A unified diff that jsdiff reads. */
export interface UnifiedPatch {
  /** Line by line what was given, with headers that count right. */
  readonly patch: string;
  /** Lines of file headers. */
  readonly headers: readonly string[];
  /** In the order of the hunks. */
  readonly notes: readonly HunkNote[];
}

/** A patch without the code fence around it; its lines keep their numbers. */
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
 * Reads a unified diff as models write it: with headers that count wrong or have no numbers. One that counts right is taken as it is.
 * @param exact what headers say in numbers has to be right
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
 * The hunks of jsdiff with what it does not keep.
 * @param notes as many as hunks
 * @param exact a start that no line can have is kept, for an error; else it counts as not said
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

/** Whether a hunk that expects lines of the file can begin at a line. */
export function isLine(start: number): boolean {
  return Number.isSafeInteger(start) && start >= 1;
}

/** The lines of a patch with headers that say what their hunks have. */
function recounted(patch: string): { lines: string[]; hunks: ReadHunk[] } {
  const lines = patch.split('\n');
  const hunks: ReadHunk[] = [];
  // A removed "-- x" above an added "++ y" looks like the names of a file; those are followed by a hunk.
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

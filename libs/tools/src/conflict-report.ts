import { parsePatch, reversePatch, type StructuredPatch } from 'diff';
import { AssentError } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import type { ContentFile } from './content-file';
import { mergeTexts, type MergedPart } from './text-merge';
import { applyHunks } from './text-patch';
import { decodeText } from './workspace-file';

/** Maximum characters of all reports of one apply: enough to see the conflicts, small enough for a frame. */
export const CONFLICTS_MAX_CHARS = 16_000;

const NO_NEWLINE = '\\ No newline at end of file\n';

/** A target whose content is neither base nor result. */
interface Collision {
  readonly file: ContentFile;
  /** Current content; null: no file. */
  readonly now: Uint8Array | null;
}

/** The parts of a content document that the reports need. */
interface ApprovedFiles {
  readonly files: readonly ContentFile[];
  readonly patch: string;
}

/**
 * For each changed target, the approved text beside the current one: plain text, with diff3 markers where both changed the same
 * lines. Keyed by path. A path is absent when its text cannot be shown or earlier reports used up the limit.
 */
export function reportConflicts(approved: ApprovedFiles, collisions: readonly Collision[]): Map<string, string> {
  const sections = readSections(approved.patch);
  const reports = new Map<string, string>();
  let left = CONFLICTS_MAX_CHARS;
  for (const { file, now } of collisions) {
    if (left <= 0) break;
    const base = file.baseHash === null ? '' : baseText(file, approved.files, sections);
    const theirs = now && textOf(now, file.path);
    if (base === null || (now && theirs === null)) continue;
    const report = cut(describe(file, base, theirs), left);
    left -= report.length;
    reports.set(file.path, report);
  }
  return reports;
}

export function readSections(patch: string): StructuredPatch[] {
  try {
    return parsePatch(patch);
  } catch {
    // The report is optional: content whose patch cannot be read is stale anyway.
    return [];
  }
}

function describe(file: ContentFile, base: string, theirs: string | null): string {
  if (theirs === null) return 'The file does not exist any more.\n';
  const conflicts = mergeTexts(base, theirs, file.result ?? '').filter((part) => part.kind === 'conflict');
  if (conflicts.length > 0) return conflicts.map(marked).join('');
  return 'The file has changed, but in no line that the approved change is about: propose the change again.\n';
}

function marked({ line, base, theirs, ours }: Extract<MergedPart, { kind: 'conflict' }>): string {
  return [
    `@@ line ${line} of the file as it is now @@\n`,
    `<<<<<<< as it is now\n${ended(theirs)}`,
    `||||||| what the change was made for\n${ended(base)}`,
    `=======\n${ended(ours)}`,
    `>>>>>>> what was approved\n`,
  ].join('');
}

function ended(lines: readonly string[]): string {
  const text = lines.join('');
  return text === '' || text.endsWith('\n') ? text : `${text}\n${NO_NEWLINE}`;
}

/** Applies the stored patch to the result in reverse. Returns null when that does not give the hash of the base. */
export function baseText(
  file: ContentFile,
  files: readonly ContentFile[],
  sections: readonly StructuredPatch[],
): string | null {
  const section = sections.find(({ oldFileName }) => oldFileName === `a/${file.path}`);
  const successor = files.find((other) => 'movedFrom' in other && other.movedFrom === file.path) ?? file;
  if (!section) return successor.resultHash === file.baseHash ? successor.result : null;
  try {
    const base = applyHunks(successor.result ?? '', reversePatch(section).hunks);
    return contentHashOf(base) === file.baseHash ? base : null;
  } catch (thrown) {
    if (thrown instanceof AssentError) return null;
    throw thrown;
  }
}

function textOf(bytes: Uint8Array, path: string): string | null {
  try {
    return decodeText(bytes, path);
  } catch (thrown) {
    if (thrown instanceof AssentError) return null;
    throw thrown;
  }
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // Do not cut between the two halves of a surrogate pair.
  const kept = text.slice(0, longest).replace(/[\ud800-\udbff]$/, '');
  return `${kept}\n[${text.length - kept.length} more characters are not shown]\n`;
}

import { applyPatch, parsePatch, reversePatch } from 'diff';
import type { DiffSide } from '@assent/contract';
import type { StoredContent } from './stored-content';

type Files = Extract<StoredContent, { v: 1 }>;

/**
 * The whole text of a file on one side of a change; null: there is no such file on that side. Only the patch and the
 * text after the change are stored. The text before it is computed, and the caller MUST verify it against the stored
 * hash.
 */
export function fileText(content: StoredContent, path: string, side: DiffSide): string | null {
  if (content.v === 2) return null;
  const file = content.files.find((candidate) => candidate.path === path);
  if (!file) return null;
  if (side === 'proposed') return file.result;
  if (file.kind === 'create') return null;
  // The patch of a moved file is listed under its new path.
  const shown = content.files.find(({ movedFrom }) => movedFrom === path) ?? file;
  const [patch] = parsePatch(patchOfFile(content, shown.path));
  if (!patch) return shown.result;
  const text = applyPatch(shown.result ?? '', reversePatch(patch), { autoConvertLineEndings: false });
  return text === false ? null : text;
}

/**
 * The part of a patch that is about a file. Lines of a hunk begin with a mark, so that no such line looks like the
 * first line of a part.
 */
function patchOfFile({ files, patch }: Files, path: string): string {
  const sources = new Set(files.map(({ movedFrom }) => movedFrom));
  const index = files.filter((file) => !sources.has(file.path)).findIndex((file) => file.path === path);
  const [, ...parts] = patch.split(/^diff --git .*$/m);
  return parts[index] ?? '';
}

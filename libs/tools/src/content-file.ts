import type { FileChange, FormatChange } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import { EDITS_MAX, diffText, type FilePatch } from './text-diff';
import { formatChanges } from './text-format';
import { parsePath } from './workspace-path';

/** One file as a write tool wants it. */
export interface DraftFile {
  readonly path: string;
  /** The text it is based on; null: no file. */
  readonly base: string | null;
  /** The text it shall have; null: no file. */
  readonly result: string | null;
  /** For a new file: the path that the same draft deletes and whose content it carries on. */
  readonly movedFrom?: string;
  /** Of a file whose mode is not kept as it is. */
  readonly mode?: ModeChange;
}

/** A file that a change would replace. */
export interface BaseFile {
  readonly text: string;
  /** Absent: a rewritten file has the same. */
  readonly mode?: ModeChange;
}

/** Four octal digits each. */
export interface ModeChange {
  readonly before: string;
  readonly after: string;
}

/** What a write tool wants. A move is two files: the old path without a result, the new one without a base. */
export interface DiffDraft {
  readonly files: readonly DraftFile[];
}

/** One file of a content document that shall have a content. */
interface WrittenFile {
  readonly path: string;
  readonly kind: 'create' | 'modify';
  /** Null exactly for `create`. */
  readonly baseHash: string | null;
  readonly resultHash: string;
  /** The whole text the file shall have. */
  readonly result: string;
  /** Only for `create`: a file that the same document deletes, whose mode and owner this one takes over. */
  readonly movedFrom?: string;
}

/** One file of a content document that shall not be there. */
interface DeletedFile {
  readonly path: string;
  readonly kind: 'delete';
  readonly baseHash: string;
  readonly resultHash: null;
  readonly result: null;
}

export type ContentFile = WrittenFile | DeletedFile;

/** Work of the searches for the smallest diffs of one change: as much as for four files that differ in all lines. */
const SEARCH_BUDGET = 4 * EDITS_MAX ** 2;
const NOT_SHOWN: FilePatch = { patch: '', added: 0, removed: 0 };

/** A stored file, and what a reviewer is shown of it. */
interface StoredFile {
  readonly file: ContentFile;
  readonly diff: FilePatch;
  readonly changes: FormatChange[];
}

/**
 * Drafts whose base and result differ, as they are stored, each with what a reviewer is shown of it. A move is shown once, at its
 * new path, as the change from the old content to the new.
 */
export function storedFiles(drafts: readonly DraftFile[]): StoredFile[] {
  let left = SEARCH_BUDGET;
  return drafts.map((draft) => {
    const { path, base, result, movedFrom } = draft;
    const file = contentFile(draft);
    if (drafts.some((other) => other.movedFrom === path)) return { file, diff: NOT_SHOWN, changes: [] };
    const source = drafts.find((other) => movedFrom !== undefined && other.path === movedFrom);
    const before = source ? source.base : base;
    const editsMax = Math.min(EDITS_MAX, Math.floor(Math.sqrt(left)));
    const diff = diffText(path, before, result, { movedFrom: source?.path ?? path, editsMax });
    left -= Math.min(diff.added + diff.removed, editsMax) ** 2;
    return { file, diff, changes: changesOf(before, draft) };
  });
}

function changesOf(before: string | null, { result, mode }: DraftFile): FormatChange[] {
  if (before === null || result === null) return [];
  return [...formatChanges(before, result), ...(mode ? [{ kind: 'mode' as const, ...mode }] : [])];
}

function contentFile({ path, base, result, movedFrom }: DraftFile): ContentFile {
  if (base !== null && result === null) {
    return { path, kind: 'delete', baseHash: contentHashOf(base), resultHash: null, result };
  }
  const text = result ?? '';
  return {
    path,
    kind: base === null ? 'create' : 'modify',
    baseHash: base === null ? null : contentHashOf(base),
    resultHash: contentHashOf(text),
    result: text,
    ...(movedFrom === undefined ? {} : { movedFrom }),
  };
}

/** A revision of files on the same base: what happens to their modes stays. */
export function keepModeChanges(before: readonly FileChange[], revised: readonly FileChange[]): FileChange[] {
  return revised.map((file) => {
    const modes = before.find(({ path }) => path === file.path)?.changes?.filter(({ kind }) => kind === 'mode') ?? [];
    if (modes.length === 0 || file.resultHash === null) return file;
    return { ...file, changes: [...(file.changes ?? []), ...modes] };
  });
}

/**
 * Describes a contradiction in stored files, as a clause; null: consistent.
 * @throws AssentError `invalid` for an invalid path
 */
export function inconsistency(files: readonly ContentFile[]): string | null {
  for (const file of files) {
    parsePath(file.path);
    if ((file.kind === 'create') !== (file.baseHash === null)) return 'a kind and its base hash contradict each other';
    if ((file.kind === 'delete') !== (file.result === null)) return 'a kind and its result contradict each other';
    const hash = file.result === null ? null : contentHashOf(file.result);
    if (hash !== file.resultHash) return 'a result and its hash contradict each other';
  }
  if (!movesHold(files)) return 'a move does not name one file that is deleted';
  return new Set(files.map((file) => file.path)).size === files.length ? null : 'a path stands twice';
}

function movesHold(files: readonly ContentFile[]): boolean {
  const deleted = new Set(files.filter(({ kind }) => kind === 'delete').map(({ path }) => path));
  // What was taken is no longer there to be taken, so that no two files come from one.
  return files.every(
    (file) => !('movedFrom' in file) || (file.kind === 'create' && deleted.delete(file.movedFrom ?? '')),
  );
}

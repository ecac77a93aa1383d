import type { FileChange, FormatChange } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import { EDITS_MAX, diffText, type FilePatch } from './text-diff';
import { formatChanges } from './text-format';
import { parsePath } from './workspace-path';

/** A change of one file as drafted by a write tool. */
export interface DraftFile {
  readonly path: string;
  /** Base text; null: no file. */
  readonly base: string | null;
  /** Resulting text; null: no file. */
  readonly result: string | null;
  /** For a new file: the path of a file that the same draft deletes and whose content this one takes over. */
  readonly movedFrom?: string;
  /** Present when the mode of the file changes. */
  readonly mode?: ModeChange;
}

/** The file that a change replaces. */
export interface BaseFile {
  readonly text: string;
  /** Absent: a rewritten file keeps its mode. */
  readonly mode?: ModeChange;
}

/** A change of file mode, four octal digits each. */
export interface ModeChange {
  readonly before: string;
  readonly after: string;
}

/** The draft of a write tool. A move is two files: the old path without a result, the new one without a base. */
export interface DiffDraft {
  readonly files: readonly DraftFile[];
}

/** A file of a content document that gets a content. */
interface WrittenFile {
  readonly path: string;
  readonly kind: 'create' | 'modify';
  /** Null exactly for `create`. */
  readonly baseHash: string | null;
  readonly resultHash: string;
  /** Whole resulting text of the file. */
  readonly result: string;
  /** Only for `create`: a file that the same document deletes and whose mode and owner this one takes over. */
  readonly movedFrom?: string;
}

/** A file that a content document deletes. */
interface DeletedFile {
  readonly path: string;
  readonly kind: 'delete';
  readonly baseHash: string;
  readonly resultHash: null;
  readonly result: null;
}

export type ContentFile = WrittenFile | DeletedFile;

/** Work limit of the diff searches of one change, enough for four files that differ in all lines. */
const SEARCH_BUDGET = 4 * EDITS_MAX ** 2;
const NOT_SHOWN: FilePatch = { patch: '', added: 0, removed: 0 };

/** A stored file and the patch that a reviewer sees. */
interface StoredFile {
  readonly file: ContentFile;
  readonly diff: FilePatch;
  readonly changes: FormatChange[];
}

/**
 * Drafts whose base and result differ, in stored form, each with the patch that a reviewer sees. A move appears once, at its new
 * path, as the change from the old content to the new.
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

/** Copies the mode changes of the former files to a revision on the same base. */
export function keepModeChanges(before: readonly FileChange[], revised: readonly FileChange[]): FileChange[] {
  return revised.map((file) => {
    const modes = before.find(({ path }) => path === file.path)?.changes?.filter(({ kind }) => kind === 'mode') ?? [];
    if (modes.length === 0 || file.resultHash === null) return file;
    return { ...file, changes: [...(file.changes ?? []), ...modes] };
  });
}

/**
 * Describes a contradiction in stored files as a clause; null: the files are consistent.
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
  return new Set(files.map((file) => file.path)).size === files.length ? null : 'a path is duplicated';
}

function movesHold(files: readonly ContentFile[]): boolean {
  const deleted = new Set(files.filter(({ kind }) => kind === 'delete').map(({ path }) => path));
  // Remove each moved source from the set, so that two files cannot come from one.
  return files.every(
    (file) => !('movedFrom' in file) || (file.kind === 'create' && deleted.delete(file.movedFrom ?? '')),
  );
}

import type { StructuredPatch } from 'diff';
import { AssentError } from '@assent/contract';
import { baseText, readSections } from './conflict-report';
import type { BaseFile, ContentFile, DraftFile } from './content-file';
import { buildDiff, type ContentDocument, type DryRun } from './diff-content';
import { mergeTexts } from './text-merge';
import { applyPart, parsePatchSet } from './patch-set';
import { applyHunks } from './text-patch';
import { assertText } from './workspace-file';
import { quotePath } from './workspace-path';

/** A reviewer's edit of a proposed file change; exactly one property is set. */
export interface ContentEdit {
  /** Whole texts; null: delete the file. */
  readonly files?: readonly { readonly path: string; readonly content: string | null }[] | undefined;
  /** A unified diff on top of the proposed texts. */
  readonly patch?: string | undefined;
  /** Numbers of the kept parts, from 1: the hunks of changed files, and created, deleted or renamed files as a whole. */
  readonly hunks?: readonly number[] | undefined;
}

/**
 * Applies a reviewer's edit, on the same base. The edit may only touch files of the proposal.
 * @throws AssentError `invalid` (another file, no such hunk, no change left), `conflict` (the patch does not fit)
 */
export function reviseContent(document: ContentDocument, { files, patch, hunks }: ContentEdit): DryRun {
  const drafts = draftsOf(document);
  const edited = files
    ? withTexts(drafts, files)
    : patch
      ? withPatch(drafts, patch)
      : withHunks(document, drafts, hunks ?? []);
  const revised = buildDiff(document.tool, document.workspace, { files: linked(edited) });
  if (revised.unchanged) {
    throw new AssentError('invalid', 'The revision would leave nothing of the change: reject it instead.', {
      pointer: '/files',
    });
  }
  return revised;
}

/**
 * Rebases the approved change on the current files if both merge without a conflict.
 * @param now returns the current text; null: no such file
 * @returns null on a conflict, or when no change is left
 */
export async function rebaseContent(
  document: ContentDocument,
  now: (path: string) => Promise<BaseFile | null>,
): Promise<DryRun | null> {
  const current = new Map<string, BaseFile | null>();
  for (const { path } of document.files) current.set(path, await now(path));
  const drafts = draftsOf(document);
  const moved = new Set(drafts.flatMap(({ movedFrom }) => movedFrom ?? []));
  const rebased: DraftFile[] = [];
  for (const draft of drafts) {
    const source = draft.movedFrom === undefined ? draft : drafts.find(({ path }) => path === draft.movedFrom);
    const there = current.get(draft.path)?.text ?? null;
    if (draft.movedFrom !== undefined && there !== null && there !== draft.result) return null;
    const theirs = draft.movedFrom === undefined ? there : (current.get(draft.movedFrom)?.text ?? null);
    const result = moved.has(draft.path) ? null : merged(source?.base ?? null, theirs, draft.result);
    if (result === undefined) return null;
    const mode = current.get(draft.movedFrom ?? draft.path)?.mode;
    rebased.push({ ...draft, base: there, result, ...(mode ? { mode } : {}) });
  }
  const built = buildDiff(document.tool, document.workspace, { files: linked(rebased) });
  return built.unchanged ? null : built;
}

/** @returns undefined on a conflict */
function merged(base: string | null, theirs: string | null, ours: string | null): string | null | undefined {
  if (theirs === base || theirs === ours) return ours;
  if (base === null || theirs === null || ours === null) return undefined;
  const parts = mergeTexts(base, theirs, ours);
  if (parts.some(({ kind }) => kind === 'conflict')) return undefined;
  return parts.flatMap((part) => (part.kind === 'merged' ? part.lines : [])).join('');
}

/** @throws AssentError `conflict` when the base of a file is not in the stored change */
export function draftsOf(document: ContentDocument): DraftFile[] {
  const sections = readSections(document.patch);
  return document.files.map((file) => {
    const base = file.baseHash === null ? null : baseText(file, document.files, sections);
    if (file.baseHash !== null && base === null) {
      throw new AssentError(
        'conflict',
        `What ${quotePath(file.path)} was before is not in the stored change: it cannot be revised.`,
      );
    }
    return { path: file.path, base, result: file.result, ...movedOf(file) };
  });
}

function movedOf(file: ContentFile): { movedFrom?: string } {
  return 'movedFrom' in file ? { movedFrom: file.movedFrom } : {};
}

function withTexts(drafts: readonly DraftFile[], files: NonNullable<ContentEdit['files']>): DraftFile[] {
  files.forEach(({ path, content }, index) => {
    if (!drafts.some((draft) => draft.path === path)) throw strange(path, `/files/${index}/path`);
    if (files.findIndex((other) => other.path === path) !== index) {
      throw new AssentError('invalid', `${quotePath(path)} is duplicated.`, { pointer: `/files/${index}/path` });
    }
    if (content !== null) assertText(content, 'content');
  });
  return drafts.map((draft) => {
    const file = files.find(({ path }) => path === draft.path);
    return file ? { ...draft, result: file.content } : draft;
  });
}

function withPatch(drafts: readonly DraftFile[], patch: string): DraftFile[] {
  const parts = parsePatchSet(patch);
  for (const part of parts) {
    if (part.kind === 'move') {
      throw new AssentError('invalid', 'A revision cannot rename files: reject the change and say so.', {
        pointer: '/patch',
      });
    }
    if (!drafts.some(({ path }) => path === part.path)) throw strange(part.path, '/patch');
  }
  return drafts.map((draft) => {
    const part = parts.find(({ path }) => path === draft.path);
    if (!part) return draft;
    const result = applyPart(part, draft.result);
    if (result !== null) assertText(result, 'patch');
    return { ...draft, result };
  });
}

function withHunks(document: ContentDocument, drafts: readonly DraftFile[], chosen: readonly number[]): DraftFile[] {
  const wanted = new Set(chosen);
  const sections = readSections(document.patch);
  const sources = new Set(drafts.flatMap(({ movedFrom }) => movedFrom ?? []));
  const dropped = new Set<string>();
  const results = new Map<string, string | null>();
  let number = 0;
  for (const draft of drafts.filter(({ path }) => !sources.has(path))) {
    if (draft.base === null || draft.result === null) {
      number += 1;
      if (wanted.delete(number)) continue;
      dropped.add(draft.path);
      if (draft.movedFrom !== undefined) dropped.add(draft.movedFrom);
      continue;
    }
    const { base } = draft;
    const kept = hunksOf(sections, draft.path).filter(() => wanted.delete(++number));
    results.set(draft.path, applyHunks(base, kept));
  }
  const [unknown] = wanted;
  if (unknown !== undefined) {
    throw new AssentError('invalid', `There is no hunk ${unknown}. The change has ${number}.`, { pointer: '/hunks' });
  }
  return drafts
    .filter(({ path }) => !dropped.has(path))
    .map((draft) => ({ ...draft, result: results.get(draft.path) ?? draft.result }));
}

function hunksOf(sections: readonly StructuredPatch[], path: string): StructuredPatch['hunks'] {
  return sections.find(({ oldFileName }) => oldFileName === `a/${path}`)?.hunks ?? [];
}

/** Keeps a move linked while its old name is deleted and its new name is created. */
function linked(drafts: readonly DraftFile[]): DraftFile[] {
  return drafts.map((draft) => {
    const { movedFrom, ...file } = draft;
    const source = drafts.find(({ path }) => path === movedFrom);
    const moves = draft.base === null && draft.result !== null && source?.result === null && source.base !== null;
    return moves ? draft : file;
  });
}

function strange(path: string, pointer: string): AssentError {
  return new AssentError(
    'invalid',
    `${quotePath(path)} is not among the files of the change: a revision touches no others. Reject it and say what is missing.`,
    { pointer },
  );
}

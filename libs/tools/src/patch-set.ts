import { parsePatch, type StructuredPatch } from 'diff';
import { pointedAt } from './file-failure';
import { malformed, misfit } from './patch-failure';
import { isEnvelope, readEnvelope } from './patch-envelope';
import type { PatchHunk } from './patch-hunks';
import type { MismatchOptions } from './patch-mismatch';
import { placedHunks, readUnified, unfenced, type HunkNote } from './patch-reading';
import { applyHunks } from './text-patch';
import { foldPath, parsePath, quotePath } from './workspace-path';

/** Maximum files of one patch. A reviewer cannot check more at once. */
export const PATCH_FILES_MAX = 32;

const DEV_NULL = '/dev/null';
const NEW_FILE_MODE = '100644';
const GIT_HEADER = 'diff --git ';
const PLAIN_FILE_MODES = ['100644', '100755'];
/** One file of a patch. `write` has the whole text of a file that may exist. */
export type FilePart =
  | {
      readonly kind: 'create' | 'write' | 'modify' | 'delete';
      readonly path: string;
      readonly hunks: readonly PatchHunk[];
    }
  | {
      readonly kind: 'move';
      readonly path: string;
      readonly to: string;
      readonly hunks: readonly PatchHunk[];
    };

/**
 * Reads a patch of several files: a unified diff in git's form, with `a/` and `b/` before the names, or a "*** Begin Patch". Accepts
 * changed, new, deleted and renamed plain text files. Every line has to be a header or part of a hunk; any other line would
 * be dropped silently.
 * @param exact requires correct counts in the headers of hunks
 * @returns unique paths, none a parent of another; the same result for either value of `exact` that does not throw
 * @throws AssentError `invalid`; pointer /args/patch
 */
export function parsePatchSet(patch: string, exact = true): FilePart[] {
  const text = unfenced(patch);
  const parts = isEnvelope(text) ? readEnvelope(text) : readUnifiedParts(text, exact);
  if (parts.length === 0) throw malformed(nameless([]));
  if (parts.length > PATCH_FILES_MAX) throw malformed(`changes more than ${PATCH_FILES_MAX} files: make several`);
  assertSeparate(parts);
  return parts;
}

/** Paths of a part, the old path first. */
export function pathsOfPart(part: FilePart): string[] {
  return part.kind === 'move' ? [part.path, part.to] : [part.path];
}

/** The lines of a part's hunks as written in the patch. */
export function linesOf({ hunks }: FilePart): string {
  return hunks.flatMap(({ lines }) => lines).join('\n');
}

/**
 * Applies a part to the text at its path.
 * @param base null when there is no such file
 * @returns null for a deletion
 * @throws AssentError `conflict` when it does not fit; `invalid` for hunks whose result is not text; pointer /args/patch
 */
export function applyPart(part: FilePart, base: string | null, options?: MismatchOptions): string | null {
  const { kind, path, hunks } = part;
  if (kind === 'write') return applyHunks('', hunks, ` of ${quotePath(path)}`, options);
  if (kind === 'create' && base !== null) {
    throw misfit(`creates ${quotePath(path)}, which exists already. Patch the existing text instead`);
  }
  if (kind !== 'create' && base === null) throw misfit(`changes ${quotePath(path)}, which does not exist`);
  // apply_patch deletes by naming the file, without its lines.
  if (kind === 'delete' && hunks.length === 0) return null;
  const result = applyHunks(base ?? '', hunks, ` of ${quotePath(path)}`, options);
  if (kind !== 'delete') return result;
  if (result !== '') throw misfit(`deletes ${quotePath(path)}, but does not take away all of its lines`);
  return null;
}

function readUnifiedParts(text: string, exact: boolean): FilePart[] {
  const { patch, headers: all, notes } = readUnified(text, exact);
  const headers = all.filter((line) => line.startsWith(GIT_HEADER));
  if (all.length === 0) throw malformed(nameless(notes));
  const left = [...notes];
  const sections = readSections(patch).map((section) => ({
    ...section,
    hunks: placedHunks(section.hunks, left.splice(0, section.hunks.length), exact),
  }));
  if (headers.length !== sections.filter(({ isGit }) => isGit).length) throw malformed('has headers without a file');
  return sections.map((section) => readPart(section, section.isGit === true ? headers.shift() : undefined, exact));
}

type Section = Omit<StructuredPatch, 'hunks'> & { readonly hunks: readonly PatchHunk[] };

function nameless([first]: readonly HunkNote[]): string {
  const names = 'Each file begins with "--- a/path" and "+++ b/path"';
  return first === undefined
    ? `changes no file: it is empty. ${names}`
    : `has a hunk at line ${first.patchLine} before any file name. ${names}`;
}

function readSections(patch: string): StructuredPatch[] {
  try {
    return parsePatch(patch);
  } catch (cause) {
    throw malformed(
      `is not a unified diff: ${quotePath(cause instanceof Error ? cause.message : 'it cannot be read')}`,
      {
        cause,
      },
    );
  }
}

/** @param header the section's `diff --git` line; it must name the same file as the lines below it */
function readPart(section: Section, header: string | undefined, exact: boolean): FilePart {
  const { hunks } = section;
  const creates = section.isCreate === true || section.oldFileName === DEV_NULL;
  const deletes = section.isDelete === true || section.newFileName === DEV_NULL;
  const isBare = !exact && hasBareNames(section);
  const path = creates ? nameOf(section.newFileName, 'b/', isBare) : nameOf(section.oldFileName, 'a/', isBare);
  const to = deletes ? path : nameOf(section.newFileName, 'b/', isBare);
  const moves = section.isRename === true;
  const problem = unsupported(section, { creates, deletes, moves, renamed: path !== to });
  if (problem) throw malformed(`${problem} (${quotePath(path)})`);
  if (header !== undefined && !moves) {
    const [named] = readSections(header);
    if (named?.oldFileName !== `a/${path}` || named.newFileName !== `b/${path}`) {
      throw malformed(`names different files in the headers of ${quotePath(path)}`);
    }
  }
  if (moves) return { kind: 'move', path, to, hunks };
  return { kind: creates ? 'create' : deletes ? 'delete' : 'modify', path, hunks };
}

function unsupported(
  section: Section,
  { creates, deletes, moves, renamed }: { creates: boolean; deletes: boolean; moves: boolean; renamed: boolean },
): string | null {
  if (section.isCopy === true) return 'copies a file: create it instead';
  if (section.isBinary === true) return 'is binary, and the file tools work on text';
  if ([creates, deletes, moves].filter(Boolean).length > 1)
    return 'says of one file that it is new, deleted or renamed at once';
  if (renamed !== moves)
    return 'has different names for one file without "rename from" and "rename to", or the same with them';
  if (creates ? (section.newMode ?? NEW_FILE_MODE) !== NEW_FILE_MODE : section.newMode !== undefined) {
    return 'changes the mode of a file, or makes one that is no plain file of mode 644';
  }
  if (deletes && !PLAIN_FILE_MODES.includes(section.oldMode ?? NEW_FILE_MODE)) return 'deletes what is no plain file';
  if (!creates && !deletes && !moves && section.hunks.length === 0) return 'changes nothing in a file';
  const missing = creates
    ? section.hunks.some(({ lines }) => lines.some((line) => !/^[+\\]/.test(line)))
    : deletes && section.hunks.some(({ lines }) => lines.some((line) => !/^[-\\]/.test(line)));
  return missing ? 'has lines on the side of a file that is not there' : null;
}

/** Whether both names lack a/ and b/, as models often write them. */
function hasBareNames({ oldFileName, newFileName }: Section): boolean {
  const names = [oldFileName, newFileName].filter((name) => name !== undefined && name !== DEV_NULL);
  return new Set(names).size === 1 && names.every((name) => name !== undefined && !/^[ab]\//.test(name));
}

function nameOf(name: string | undefined, prefix: 'a/' | 'b/', isBare: boolean): string {
  if (!isBare && !name?.startsWith(prefix)) {
    throw malformed(
      `has a file name without ${prefix} in front, or none: ${quotePath(name ?? '')}. Write names as git does`,
    );
  }
  const path = isBare ? (name ?? '') : (name ?? '').slice(prefix.length);
  try {
    return parsePath(path).text;
  } catch (thrown) {
    throw pointedAt('/args/patch', thrown);
  }
}

/** Checks that no path occurs twice, in two spellings, or both as a file and as a folder, on any disk. */
function assertSeparate(parts: readonly FilePart[]): void {
  const paths = parts.flatMap(pathsOfPart);
  const results = parts
    .filter(({ kind }) => kind !== 'delete')
    .map((part) => (part.kind === 'move' ? part.to : part.path));
  for (const [index, path] of paths.entries()) {
    const folded = foldPath(path);
    if (paths.indexOf(path) !== index) throw malformed(`names ${quotePath(path)} twice`);
    const above = paths.find((other) => folded.startsWith(`${foldPath(other)}/`));
    if (above !== undefined)
      throw malformed(`takes ${quotePath(above)} for a file and for the folder of ${quotePath(path)}`);
  }
  for (const [index, path] of results.entries()) {
    const duplicate = results.slice(0, index).find((other) => foldPath(other) === foldPath(path));
    if (duplicate !== undefined)
      throw malformed(`writes ${quotePath(duplicate)} and ${quotePath(path)}, which some disks take for one file`);
  }
}

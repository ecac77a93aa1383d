import { parsePatch, type StructuredPatch, type StructuredPatchHunk } from 'diff';
import { pointedAt } from './file-failure';
import { malformed, misfit } from './patch-failure';
import { headerLines } from './patch-lines';
import { applyHunks } from './text-patch';
import { foldPath, parsePath, shown } from './workspace-path';

/** Files of one patch: more than a reviewer goes through in one sitting. */
export const PATCH_FILES_MAX = 32;

const DEV_NULL = '/dev/null';
const NEW_FILE_MODE = '100644';
const GIT_HEADER = 'diff --git ';
const PLAIN_FILE_MODES = ['100644', '100755'];
/** One file of a patch. */
export type FilePart =
  | {
      readonly kind: 'create' | 'modify' | 'delete';
      readonly path: string;
      readonly hunks: readonly StructuredPatchHunk[];
    }
  | {
      readonly kind: 'move';
      readonly path: string;
      readonly to: string;
      readonly hunks: readonly StructuredPatchHunk[];
    };

/**
 * Reads a unified diff of several files as git writes it, with `a/` and `b/` before the names: changed, new, deleted and renamed
 * plain text files. Every line has to be a header or part of a hunk: one that is neither would be left out without a word.
 * @returns no path twice, none above another
 * @throws AssentError `invalid`; pointer /args/patch
 */
export function parsePatchSet(patch: string): FilePart[] {
  const headers = headerLines(patch).filter((line) => line.startsWith(GIT_HEADER));
  const sections = readSections(patch);
  if (sections.length > PATCH_FILES_MAX) throw malformed(`changes more than ${PATCH_FILES_MAX} files: make several`);
  if (headers.length !== sections.filter(({ isGit }) => isGit).length) throw malformed('has headers without a file');
  const parts = sections.map((section) => readPart(section, section.isGit === true ? headers.shift() : undefined));
  assertSeparate(parts);
  return parts;
}

/** Old path first. */
export function pathsOfPart(part: FilePart): string[] {
  return part.kind === 'move' ? [part.path, part.to] : [part.path];
}

/**
 * What a part makes of the text at its path, every hunk at the line it names.
 * @param base null when there is no such file
 * @returns null for a deletion
 * @throws AssentError `conflict` when it does not fit; `invalid` for hunks that make no text; pointer /args/patch
 */
export function applyPart(part: FilePart, base: string | null): string | null {
  const { kind, path, hunks } = part;
  if (kind === 'create' && base !== null) {
    throw misfit(`creates ${shown(path)}, which exists already. Patch the existing text instead`);
  }
  if (kind !== 'create' && base === null) throw misfit(`changes ${shown(path)}, which does not exist`);
  const result = applyHunks(base ?? '', hunks, ` of ${shown(path)}`);
  if (kind !== 'delete') return result;
  if (result !== '') throw misfit(`deletes ${shown(path)}, but does not take away all of its lines`);
  return null;
}

function readSections(patch: string): StructuredPatch[] {
  try {
    return parsePatch(patch);
  } catch (cause) {
    throw malformed(`is not a unified diff: ${shown(cause instanceof Error ? cause.message : 'it cannot be read')}`, {
      cause,
    });
  }
}

/** @param header the section's `diff --git` line; it must not name another file than the lines below, on which the rest relies */
function readPart(section: StructuredPatch, header: string | undefined): FilePart {
  const { hunks } = section;
  const creates = section.isCreate === true || section.oldFileName === DEV_NULL;
  const deletes = section.isDelete === true || section.newFileName === DEV_NULL;
  const path = creates ? nameOf(section.newFileName, 'b/') : nameOf(section.oldFileName, 'a/');
  const to = deletes ? path : nameOf(section.newFileName, 'b/');
  const moves = section.isRename === true;
  const problem = unsupported(section, { creates, deletes, moves, renamed: path !== to });
  if (problem) throw malformed(`${problem} (${shown(path)})`);
  if (header !== undefined && !moves) {
    const [named] = readSections(header);
    if (named?.oldFileName !== `a/${path}` || named.newFileName !== `b/${path}`) {
      throw malformed(`names different files in the headers of ${shown(path)}`);
    }
  }
  if (moves) return { kind: 'move', path, to, hunks };
  return { kind: creates ? 'create' : deletes ? 'delete' : 'modify', path, hunks };
}

function unsupported(
  section: StructuredPatch,
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
    ? section.hunks.some(({ oldLines }) => oldLines > 0)
    : deletes && section.hunks.some(({ newLines }) => newLines > 0);
  return missing ? 'has lines on the side of a file that is not there' : null;
}

function nameOf(name: string | undefined, prefix: 'a/' | 'b/'): string {
  if (!name?.startsWith(prefix)) {
    throw malformed(
      `has a file name without ${prefix} in front, or none: ${shown(name ?? '')}. Write names as git does`,
    );
  }
  const path = name.slice(prefix.length);
  try {
    return parsePath(path).text;
  } catch (thrown) {
    throw pointedAt('/args/patch', thrown);
  }
}

/** One path is one file, on every disk: not twice, not in two spellings, not at once a file and a folder. */
function assertSeparate(parts: readonly FilePart[]): void {
  const paths = parts.flatMap(pathsOfPart);
  const results = parts
    .filter(({ kind }) => kind !== 'delete')
    .map((part) => (part.kind === 'move' ? part.to : part.path));
  for (const [index, path] of paths.entries()) {
    const folded = foldPath(path);
    if (paths.indexOf(path) !== index) throw malformed(`names ${shown(path)} twice`);
    const above = paths.find((other) => folded.startsWith(`${foldPath(other)}/`));
    if (above !== undefined) throw malformed(`takes ${shown(above)} for a file and for the folder of ${shown(path)}`);
  }
  for (const [index, path] of results.entries()) {
    const twin = results.slice(0, index).find((other) => foldPath(other) === foldPath(path));
    if (twin !== undefined)
      throw malformed(`writes ${shown(twin)} and ${shown(path)}, which some disks take for one file`);
  }
}

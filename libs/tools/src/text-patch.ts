import { parsePatch, type StructuredPatch } from 'diff';
import { malformed, misfit } from './patch-failure';
import { isEnvelope, readEnvelope } from './patch-envelope';
import type { PatchHunk } from './patch-hunks';
import { describeMismatch, type MismatchOptions } from './patch-mismatch';
import { placeHunks } from './patch-places';
import { isLine, placedHunks, readUnified, unfenced } from './patch-reading';
import { splitLines } from './text-lines';
import { quotePath } from './workspace-path';

const DEV_NULL = '/dev/null';
const NEW_FILE_MODE = '100644';
/** Defaults for an unknown caller. */
const STRICT: MismatchOptions = { quotes: false, exact: true, relaxes: false };

const SEVERAL = 'changes several files. Send one call for each file';
const NO_HUNKS = 'has no hunks. Each begins with a line like "@@ -1,3 +1,4 @@"';

interface HunkLine {
  readonly mark: string;
  /** Line with its terminator. */
  readonly text: string;
  /** Line number, from 1; null when the patch is unknown. */
  readonly patchLine: number | null;
}

/**
 * Applies a patch of one file: a unified diff, or a "*** Begin Patch" of this file. Every context and removed line must match the
 * file. An exact call must also match the line numbers and counts in its headers; otherwise a hunk is placed where it fits, if that
 * is exactly one place. jsdiff's own applyPatch silently takes the nearest of several places and converts line ends.
 * @param base null when the file does not exist; the patch must then create it (`--- /dev/null`, `*** Add File`)
 * @throws AssentError `invalid` for a malformed or unsupported patch; `conflict` for one that does not fit; pointer
 * /args/patch
 */
export function applyTextPatch(path: string, base: string | null, patch: string, options = STRICT): string {
  const { creates, hunks } = readOne(patch, path, options);
  if (creates && base !== null) {
    throw misfit(`creates ${quotePath(path)}, which exists already. Patch the existing text instead`);
  }
  if (!creates && base === null) {
    throw misfit(
      `changes ${quotePath(path)}, which does not exist. Create it with file.write or a patch from /dev/null`,
    );
  }
  return applyHunks(base ?? '', hunks, '', options);
}

/**
 * @param of names the file in messages about a patch of several files: ` of "a.txt"`
 * @throws AssentError like applyTextPatch
 */
export function applyHunks(base: string, hunks: readonly PatchHunk[], of = '', options = STRICT): string {
  const lines = splitLines(base);
  const read = hunks.map((hunk, index) => ({ start: (hunk.oldStart ?? 1) - 1, index, own: linesOfHunk(hunk) }));
  const isStated = options.exact && hunks.every(({ oldStart }) => oldStart !== null);
  const places = isStated
    ? null
    : placeHunks(
        lines,
        hunks.map((hunk, index) => ({ ...hunk, block: blockOf(read[index]?.own ?? []) })),
        of,
        options,
      );
  const placed = places ? read.map((hunk, index) => ({ ...hunk, start: places[index] ?? 0 })) : read;
  const result: string[] = [];
  let at = 0;
  for (const { start, index, own } of places ? placed.toSorted((a, b) => a.start - b.start) : placed) {
    if (start < at || start > lines.length) {
      const why =
        start < at
          ? `the hunk before it ends at line ${at}: order the hunks by line`
          : `the file has ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`;
      throw misfit(`does not fit: hunk ${index + 1}${of} names line ${start + 1}, where it cannot be: ${why}`);
    }
    result.push(lines.slice(at, start).join(''));
    at = start;
    for (const { mark, text, patchLine } of own) {
      if (mark !== '+') {
        if (lines[at] !== text) {
          const mismatch = { hunk: `hunk ${index + 1}${of}`, patchLine, lines, at, expected: text };
          throw misfit(describeMismatch({ ...mismatch, block: blockOf(own).map((line) => line.text) }, options));
        }
        at += 1;
      }
      if (mark !== '-') result.push(text);
    }
  }
  result.push(lines.slice(at).join(''));
  const pieces = result.filter((piece) => piece !== '');
  if (pieces.slice(0, -1).some((piece) => !piece.endsWith('\n'))) {
    throw malformed(
      'says "No newline at end of file" before the end of the file: more lines would follow. Put it after the last line only, or end the last line of the file first',
    );
  }
  return pieces.join('');
}

interface OnePatch {
  readonly creates: boolean;
  readonly hunks: readonly PatchHunk[];
}

function readOne(patch: string, path: string, { exact }: MismatchOptions): OnePatch {
  const text = unfenced(patch);
  return isEnvelope(text) ? readOneOfEnvelope(text, path) : readOneOfUnified(text, path, exact);
}

function readOneOfEnvelope(text: string, path: string): OnePatch {
  const [file, ...others] = readEnvelope(text);
  if (!file) throw malformed('changes no file: it is empty');
  if (others.length > 0) throw malformed(SEVERAL);
  if (file.kind === 'delete') throw malformed('deletes the file, which file.patch does not do');
  if (file.kind === 'write') throw malformed('has the whole text of the file: call file.write');
  if (file.kind === 'move') throw malformed('renames or copies a file, which file.patch does not do');
  if (file.path !== path) throw malformed(isForAnother(file.path, path));
  return { creates: file.kind === 'create', hunks: file.hunks };
}

function readOneOfUnified(text: string, path: string, exact: boolean): OnePatch {
  if (!/^@@/m.test(text)) throw malformed(NO_HUNKS);
  const { patch, notes } = readUnified(text, exact);
  let files: StructuredPatch[];
  try {
    files = parsePatch(patch);
  } catch (cause) {
    throw malformed(
      `is not a unified diff: ${quotePath(cause instanceof Error ? cause.message : 'it cannot be read')}`,
      {
        cause,
      },
    );
  }
  const [file, ...others] = files;
  if (!file || file.hunks.length === 0) throw malformed(NO_HUNKS);
  if (others.length > 0) throw malformed(SEVERAL);
  const problem = unsupported(file, path, exact);
  if (problem) throw malformed(problem);
  const creates = file.isCreate === true || file.oldFileName === DEV_NULL;
  return { creates, hunks: placedHunks(file.hunks, notes, exact) };
}

function unsupported(file: StructuredPatch, path: string, exact: boolean): string | null {
  if (file.isRename === true || file.isCopy === true) return 'renames or copies a file, which file.patch does not do';
  if (file.isDelete === true || file.newFileName === DEV_NULL) return 'deletes the file, which file.patch does not do';
  if (file.isBinary === true) return 'is binary, and file.patch works on text';
  if (file.isCreate === true ? file.newMode !== NEW_FILE_MODE : file.newMode !== undefined) {
    return 'changes the mode of the file, which file.patch does not do';
  }
  const names = [file.oldFileName, file.newFileName].filter((name) => name !== undefined && name !== DEV_NULL);
  const other = names.find((name) => name !== path && name !== `a/${path}` && name !== `b/${path}`);
  if (other !== undefined) return isForAnother(other, path);
  if (exact && !file.hunks.every(({ oldStart }) => isLine(oldStart))) {
    return 'has a hunk header that cannot be read: a hunk that expects lines of the file begins at line 1 or later';
  }
  return null;
}

function isForAnother(other: string, path: string): string {
  return `is for ${quotePath(other)}, but the argument path says ${quotePath(path)}`;
}

/** Lines of the hunk with terminators. A bare empty line is an empty context line whose space was trimmed away. */
function linesOfHunk({ lines, patchLine }: PatchHunk): HunkLine[] {
  return lines.flatMap((line, index) => {
    if (line.startsWith('\\')) return [];
    const end = lines[index + 1]?.startsWith('\\') === true ? '' : '\n';
    const at = patchLine === undefined ? null : patchLine + index + 1;
    const text = `${line.slice(1)}${end}`;
    if (text === '') {
      throw malformed(`says "No newline at end of file" of an empty line${atLine(at)}. Remove that line`);
    }
    return [{ mark: line === '' ? ' ' : line.charAt(0), text, patchLine: at }];
  });
}

/** The lines that a hunk expects in the file. */
function blockOf(lines: readonly HunkLine[]): HunkLine[] {
  return lines.filter(({ mark }) => mark !== '+');
}

function atLine(patchLine: number | null): string {
  return patchLine === null ? '' : ` (line ${patchLine} of the patch)`;
}

import { parsePatch, type StructuredPatch, type StructuredPatchHunk } from 'diff';
import type { AssentError } from '@assent/contract';
import { malformed, misfit } from './patch-failure';
import { headerLines } from './patch-lines';
import { splitLines } from './text-lines';
import { shown } from './workspace-path';

const DEV_NULL = '/dev/null';
const NEW_FILE_MODE = '100644';

/**
 * Applies a unified diff of one file exactly: every hunk at the line it names, every context and removed line as the file has
 * it. jsdiff's own applyPatch moves hunks to where they fit and converts line ends, so that a patch made for another state of
 * the file lands somewhere nobody looked at; here that is an error.
 * @param base null when the file does not exist; the patch must then create it (`--- /dev/null`)
 * @throws AssentError `invalid` for a patch that is none, or of something else; `conflict` for one that does not fit; pointer /args/patch
 */
export function applyTextPatch(path: string, base: string | null, patch: string): string {
  const parsed = parseOne(patch, path);
  const creates = parsed.isCreate === true || parsed.oldFileName === DEV_NULL;
  if (creates && base !== null) {
    throw misfit(`creates ${shown(path)}, which exists already. Patch the existing text instead`);
  }
  if (!creates && base === null) {
    throw misfit(`changes ${shown(path)}, which does not exist. Create it with file.write or a patch from /dev/null`);
  }

  return applyHunks(base ?? '', parsed.hunks);
}

/**
 * @param of which file of a patch of several, for the message: ` of "a.txt"`
 * @throws AssentError as applyTextPatch
 */
export function applyHunks(base: string, hunks: readonly StructuredPatchHunk[], of = ''): string {
  const lines = splitLines(base);
  const result: string[] = [];
  let at = 0;
  hunks.forEach((hunk, index) => {
    const start = hunk.oldStart - 1;
    if (start < at || start > lines.length) {
      throw misfit(`does not fit: hunk ${index + 1}${of} names line ${hunk.oldStart}, where it cannot be`);
    }
    result.push(lines.slice(at, start).join(''));
    at = start;
    for (const { mark, text } of hunkLines(hunk)) {
      if (text === '') throw malformed('says "No newline at end of file" of an empty line, which is none');
      if (mark !== '+') {
        if (lines[at] !== text) throw mismatch(`hunk ${index + 1}${of}`, at + 1, lines[at], text);
        at += 1;
      }
      if (mark !== '-') result.push(text);
    }
  });
  result.push(lines.slice(at).join(''));
  const pieces = result.filter((piece) => piece !== '');
  if (pieces.slice(0, -1).some((piece) => !piece.endsWith('\n'))) {
    throw malformed('says "No newline at end of file" before the end of the file');
  }
  return pieces.join('');
}

function parseOne(patch: string, path: string): StructuredPatch {
  let files: StructuredPatch[];
  try {
    files = parsePatch(patch);
  } catch (cause) {
    throw malformed(`is not a unified diff: ${shown(cause instanceof Error ? cause.message : 'it cannot be read')}`, {
      cause,
    });
  }
  const [file, ...others] = files;
  if (!file || file.hunks.length === 0) throw malformed('has no hunks. Each begins with a line like "@@ -1,3 +1,4 @@"');
  if (others.length > 0) throw malformed('changes several files. Send one call for each file');
  const problem = unsupported(file, path);
  if (problem) throw malformed(problem);
  headerLines(patch);
  return file;
}

function unsupported(file: StructuredPatch, path: string): string | null {
  if (file.isRename === true || file.isCopy === true) return 'renames or copies a file, which file.patch does not do';
  if (file.isDelete === true || file.newFileName === DEV_NULL) return 'deletes the file, which file.patch does not do';
  if (file.isBinary === true) return 'is binary, and file.patch works on text';
  if (file.isCreate === true ? file.newMode !== NEW_FILE_MODE : file.newMode !== undefined) {
    return 'changes the mode of the file, which file.patch does not do';
  }
  const names = [file.oldFileName, file.newFileName].filter((name) => name !== undefined && name !== DEV_NULL);
  const other = names.find((name) => name !== path && name !== `a/${path}` && name !== `b/${path}`);
  if (other !== undefined) return `is for ${shown(other)}, but the argument path says ${shown(path)}`;
  if (!file.hunks.every((hunk) => Number.isSafeInteger(hunk.oldStart) && hunk.oldStart >= 1)) {
    return 'has a hunk header that cannot be read. It looks like "@@ -1,3 +1,4 @@"';
  }
  return null;
}

/** Lines as the file has them, with their terminators. A bare empty line is an empty context line whose space was trimmed away. */
function* hunkLines({ lines }: StructuredPatchHunk): Generator<{ mark: string; text: string }> {
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('\\')) continue;
    const end = lines[index + 1]?.startsWith('\\') === true ? '' : '\n';
    yield { mark: line === '' ? ' ' : line.charAt(0), text: `${line.slice(1)}${end}` };
  }
}

/** Does not quote the file: whoever may ask for a change need not be allowed to read it. */
function mismatch(hunk: string, line: number, actual: string | undefined, expected: string): AssentError {
  const crlf =
    actual?.endsWith('\r\n') === true && !expected.endsWith('\r\n')
      ? ' (the file ends its lines with CRLF, the patch does not)'
      : '';
  return misfit(
    `does not fit: ${hunk} expects another text than line ${line} of the file has${crlf}. Read the file again and make the patch from what it says`,
  );
}

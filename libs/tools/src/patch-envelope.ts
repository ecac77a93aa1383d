import { pointedAt } from './file-failure';
import { malformed } from './patch-failure';
import { readHunks, type PatchHunk } from './patch-hunks';
import { parsePath, quotePath } from './workspace-path';

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const HEADER = /^\*\*\* (Add|Write|Update|Delete) File: (.+)$/;
/** Ends the text of a file without a line break. */
const NO_NEWLINE = '\\ No newline at end of file';
const MOVE = /^\*\*\* Move to: (.+)$/;

/** One file of a "*** Begin Patch". */
export type EnvelopeFile =
  | {
      readonly kind: 'create' | 'write' | 'modify' | 'delete';
      readonly path: string;
      readonly hunks: readonly PatchHunk[];
    }
  | { readonly kind: 'move'; readonly path: string; readonly to: string; readonly hunks: readonly PatchHunk[] };

/** Whether a patch is in the format of apply_patch, which several models were trained to write. */
export function isEnvelope(patch: string): boolean {
  return patch.trimStart().startsWith(BEGIN);
}

/**
 * Reads `*** Add File`, `*** Update File` (with `*** Move to`) and `*** Delete File` between `*** Begin Patch` and `*** End Patch`. A
 * deletion only names the file and has no hunks. `*** Write File` has the whole text of a file, whether it exists or not.
 * @throws AssentError `invalid`; pointer /args/patch
 */
export function readEnvelope(patch: string): EnvelopeFile[] {
  const lines = patch.split('\n').map((line) => (line.startsWith('*** ') ? line.trimEnd() : line));
  const end = lines.findLastIndex((line) => line.trim() !== '');
  if (lines[end] !== END) throw malformed(`does not end with "${END}", so a part of it may be missing`);
  const files: EnvelopeFile[] = [];
  let at = lines.indexOf(BEGIN) + 1;
  while (at < end) {
    if (lines[at]?.trim() === '') {
      at += 1;
      continue;
    }
    const { file, next } = readFile(lines, at, end);
    files.push(file);
    at = next;
  }
  return files;
}

function readFile(lines: readonly string[], at: number, end: number): { file: EnvelopeFile; next: number } {
  const [, verb, name] = HEADER.exec(lines[at] ?? '') ?? [];
  if (name === undefined) {
    throw malformed(
      `has a line ${at + 1} that is neither a header nor part of a hunk: ${quotePath(lines[at] ?? '')}. Each file begins with "*** Update File: path", "*** Add File: path" or "*** Delete File: path"`,
    );
  }
  const path = checkedPath(name);
  if (verb === 'Delete') return { file: { kind: 'delete', path, hunks: [] }, next: at + 1 };
  if (verb === 'Add') return readAdded(lines, { kind: 'create', path }, at + 1, end);
  if (verb === 'Write') return readAdded(lines, { kind: 'write', path }, at + 1, end);
  const to = MOVE.exec(lines[at + 1] ?? '')?.[1];
  const first = to === undefined ? at + 1 : at + 2;
  const { hunks, next } = readHunks(lines, first, (index) => index >= end, { isImplied: true });
  const changing = hunks.filter((hunk) => hunk.lines.length > 0);
  if (to !== undefined) return { file: { kind: 'move', path, to: checkedPath(to), hunks: changing }, next };
  if (changing.length === 0) throw malformed(`changes nothing in ${quotePath(path)}`);
  return { file: { kind: 'modify', path, hunks: changing }, next };
}

function readAdded(
  lines: readonly string[],
  part: { readonly kind: 'create' | 'write'; readonly path: string },
  from: number,
  end: number,
): { file: EnvelopeFile; next: number } {
  let next = from;
  while (next < end && lines[next]?.startsWith('+') === true) next += 1;
  if (next > from && next < end && lines[next] === NO_NEWLINE) next += 1;
  const added = lines.slice(from, next);
  while (next < end && lines[next]?.trim() === '') next += 1;
  if (next < end && !HEADER.test(lines[next] ?? '')) {
    throw malformed(
      `has a line ${next + 1} that does not begin with "+": ${quotePath(lines[next] ?? '')}. Each line of a new file does`,
    );
  }
  const hunks = added.length === 0 ? [] : [{ lines: added, oldStart: 1, patchLine: from }];
  return { file: { ...part, hunks }, next };
}

function checkedPath(name: string): string {
  try {
    return parsePath(name.trim()).text;
  } catch (thrown) {
    throw pointedAt('/args/patch', thrown);
  }
}

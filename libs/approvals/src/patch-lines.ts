import type { Hunk } from '@assent/contract';
import type { StoredContent } from './stored-content';

/** One line of a hunk and its line number: in the new file, or in the old file for a removed line. */
export interface PatchLine {
  readonly mark: '+' | '-' | ' ';
  readonly text: string;
  readonly line: number;
}

interface PatchHunk {
  readonly header: string;
  readonly lines: readonly PatchLine[];
}

export interface PatchFile {
  readonly path: string;
  /** A unit without hunks: a file that is created, deleted or renamed. */
  readonly whole: boolean;
  readonly hunks: readonly PatchHunk[];
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** A stored patch, file by file. The server wrote it, so every line is a header or part of a hunk. */
export function patchFiles(content: Extract<StoredContent, { v: 1 }>): PatchFile[] {
  const sources = new Set(content.files.map(({ movedFrom }) => movedFrom));
  // A moved file appears once, under its new name.
  const shown = content.files.filter(({ path }) => !sources.has(path));
  const hunks: { header: string; lines: PatchLine[] }[][] = [];
  const at = { old: 0, new: 0, oldLeft: 0, newLeft: 0 };
  for (const line of content.patch.split('\n')) {
    if (at.oldLeft <= 0 && at.newLeft <= 0) {
      const header = HUNK.exec(line);
      if (line.startsWith('diff --git ')) hunks.push([]);
      if (!header) continue;
      const [, oldStart, oldCount = '1', newStart, newCount = '1'] = header;
      Object.assign(at, { old: Number(oldStart), new: Number(newStart) });
      Object.assign(at, { oldLeft: Number(oldCount), newLeft: Number(newCount) });
      hunks.at(-1)?.push({ header: header[0], lines: [] });
      continue;
    }
    const mark = line.charAt(0);
    if (mark === '\\') continue;
    const goes = mark === '-';
    const lines = hunks.at(-1)?.at(-1)?.lines;
    lines?.push({ mark: goes ? '-' : mark === '+' ? '+' : ' ', text: line.slice(1), line: goes ? at.old : at.new });
    if (mark !== '+') Object.assign(at, { old: at.old + 1, oldLeft: at.oldLeft - 1 });
    if (!goes) Object.assign(at, { new: at.new + 1, newLeft: at.newLeft - 1 });
  }
  return shown.map(({ path, kind, movedFrom }, index) => ({
    path,
    whole: kind !== 'modify' || movedFrom !== undefined,
    hunks: hunks[index] ?? [],
  }));
}

/** The numbered units that a reviewer can accept separately. Empty for an external effect, which is indivisible. */
export function hunksOf(content: StoredContent): Hunk[] {
  if (content.v === 2) return [];
  const units = patchFiles(content).flatMap(({ path, whole, hunks }) =>
    whole
      ? [{ path, header: '', lines: hunks.flatMap(({ lines }) => lines) }]
      : hunks.map(({ header, lines }) => ({ path, header, lines })),
  );
  return units.map(({ path, header, lines }, index) => ({
    number: index + 1,
    path,
    header,
    added: lines.filter(({ mark }) => mark === '+').length,
    removed: lines.filter(({ mark }) => mark === '-').length,
  }));
}

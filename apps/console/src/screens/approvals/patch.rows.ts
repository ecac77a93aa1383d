import type { Hunk } from '@assent/client';

export type Mark = '+' | '-' | ' ';

/** One line of a patch with its numbers on both sides. */
export interface PatchRow {
  readonly mark: Mark;
  readonly text: string;
  readonly old: number | null;
  readonly new: number | null;
  /** The file ends here without a line break. */
  readonly isUnended: boolean;
}

export interface PatchHunk {
  /** The server's number of the part that contains this hunk; null where it cannot be chosen. */
  readonly number: number | null;
  readonly header: string;
  /** Number before the change of the first line. */
  readonly start: number;
  /** Number after the change of the first line. */
  readonly newStart: number;
  /** Unchanged lines between the hunk before, or the beginning of the file, and this one. */
  readonly skipped: number;
  readonly rows: readonly PatchRow[];
}

export interface PatchFile {
  readonly path: string;
  readonly movedFrom: string | null;
  readonly kind: 'create' | 'delete' | 'move' | 'modify';
  /** The server's number of a file that is taken or left as a whole; null: its hunks are. */
  readonly number: number | null;
  readonly hunks: readonly PatchHunk[];
  readonly rows: number;
  readonly added: number;
  readonly removed: number;
}

/** Unchanged rows that were asked for, by the `file:hunk` that they are before. Those after the last hunk are before the next number. */
export type Gaps = ReadonlyMap<string, readonly PatchRow[]>;
export const NO_GAPS: Gaps = new Map();

interface OpenHunk {
  readonly header: string;
  readonly start: number;
  readonly newStart: number;
  readonly skipped: number;
  readonly rows: PatchRow[];
}

interface OpenFile {
  path: string;
  movedFrom: string | null;
  kind: PatchFile['kind'];
  readonly hunks: OpenHunk[];
}

const FILE = 'diff --git ';
/** Begins a file of a comparison of two revisions. */
const COMPARED = 'Index: ';
const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const HEADERS: readonly (readonly [prefix: string, read: (file: OpenFile, rest: string) => void])[] = [
  ['new file mode ', (file) => (file.kind = 'create')],
  ['deleted file mode ', (file) => (file.kind = 'delete')],
  [
    'rename from ',
    (file, rest) => {
      file.kind = 'move';
      file.movedFrom = unquoted(rest);
    },
  ],
  ['rename to ', (file, rest) => (file.path = unquoted(rest))],
];

/**
 * The files of a unified diff of the server. Line counts of the hunk headers decide what belongs to a hunk, so that a line of content
 * never counts as a header.
 * @param units the server's numbered parts; empty: nothing can be chosen
 */
export function patchFiles(patch: string, units: readonly Hunk[] = []): PatchFile[] {
  const files: OpenFile[] = [];
  const at = { old: 0, new: 0, oldLeft: 0, newLeft: 0 };
  for (const line of patch.split('\n')) {
    const file = files.at(-1);
    const hunk = file?.hunks.at(-1);
    if (hunk && (at.oldLeft > 0 || at.newLeft > 0)) {
      if (line.startsWith('\\')) markUnended(hunk);
      // Every line of a hunk has a mark: an empty one is the end of a patch that is cut.
      else if (line !== '') addRow(hunk, line, at);
    } else if (line.startsWith(FILE)) {
      files.push(openFile(pathOf(line.slice(FILE.length))));
      Object.assign(at, { old: 1, new: 1 });
    } else if (line.startsWith(COMPARED)) {
      files.push(openFile(line.slice(COMPARED.length)));
      Object.assign(at, { old: 1, new: 1 });
    } else if (file) {
      const header = HUNK.exec(line);
      if (header) file.hunks.push(openHunk(header, at));
      else if (line.startsWith('\\') && hunk) markUnended(hunk);
      else for (const [prefix, read] of HEADERS) if (line.startsWith(prefix)) read(file, line.slice(prefix.length));
    }
  }
  return numbered(files, units);
}

/** Unchanged lines around a hunk of a patch as it is stored. */
const STORED_CONTEXT = 3;

/** Whether unchanged lines may follow the last hunk: the patch does not say how long the file is. */
export function mayGoOn({ kind, hunks }: PatchFile): boolean {
  const end = hunks.at(-1)?.rows.slice(-STORED_CONTEXT) ?? [];
  const isCut = end.length === STORED_CONTEXT && end.every(({ mark, isUnended }) => mark === ' ' && !isUnended);
  return isCut && (kind === 'modify' || kind === 'move');
}

/** The unchanged lines before a hunk; with the number after the last one, those after it. @param text of the file after the change */
export function gapRows({ hunks }: PatchFile, at: number, text: string): readonly PatchRow[] {
  const lines = text.split('\n');
  const isUnended = lines.at(-1) !== '';
  if (!isUnended) lines.pop();
  const hunk = hunks[at];
  const last = hunks.at(-1)?.rows.findLast(({ mark }) => mark === ' ');
  const [from, to] = hunk ? [hunk.newStart - hunk.skipped, hunk.newStart] : [(last?.new ?? 0) + 1, lines.length + 1];
  const shift = hunk ? hunk.start - hunk.newStart : (last?.old ?? 0) - (last?.new ?? 0);
  return lines.slice(from - 1, to - 1).map((line, index) => {
    const number = from + index;
    return {
      mark: ' ',
      text: line,
      old: number + shift,
      new: number,
      isUnended: isUnended && number === lines.length,
    };
  });
}

function openFile(path: string): OpenFile {
  return { path, movedFrom: null, kind: 'modify', hunks: [] };
}

function openHunk(
  header: RegExpExecArray,
  at: { old: number; new: number; oldLeft: number; newLeft: number },
): OpenHunk {
  const [text, oldStart, oldCount = '1', newStart, newCount = '1'] = header;
  // An empty side is named by the line before it.
  const from = (start: string | undefined, count: string) => Number(start) + (count === '0' ? 1 : 0);
  const old = from(oldStart, oldCount);
  const skipped = Math.max(0, old - at.old);
  Object.assign(at, { old, new: from(newStart, newCount), oldLeft: Number(oldCount), newLeft: Number(newCount) });
  return { header: text, start: old, newStart: at.new, skipped, rows: [] };
}

function addRow(
  hunk: OpenHunk,
  line: string,
  at: { old: number; new: number; oldLeft: number; newLeft: number },
): void {
  const first = line.charAt(0);
  const mark: Mark = first === '+' || first === '-' ? first : ' ';
  const isOld = mark !== '+';
  const isNew = mark !== '-';
  hunk.rows.push({
    mark,
    text: line.slice(1),
    old: isOld ? at.old : null,
    new: isNew ? at.new : null,
    isUnended: false,
  });
  if (isOld) Object.assign(at, { old: at.old + 1, oldLeft: at.oldLeft - 1 });
  if (isNew) Object.assign(at, { new: at.new + 1, newLeft: at.newLeft - 1 });
}

function markUnended({ rows }: OpenHunk): void {
  const last = rows.pop();
  if (last) rows.push({ ...last, isUnended: true });
}

/** Gives each part its number. A part whose path or header the server does not confirm gets none. */
function numbered(files: readonly OpenFile[], units: readonly Hunk[]): PatchFile[] {
  let next = 1;
  const take = (path: string, header: string): number | null => {
    const unit = units[next - 1];
    next += 1;
    return unit?.path === path && unit.header === header ? unit.number : null;
  };
  return files.map(({ path, movedFrom, kind, hunks }) => {
    const isWhole = kind !== 'modify';
    const number = isWhole ? take(path, '') : null;
    const rows = hunks.flatMap((hunk) => hunk.rows);
    return {
      path,
      movedFrom,
      kind,
      number,
      hunks: hunks.map((hunk) => ({ ...hunk, number: isWhole ? null : take(path, hunk.header) })),
      rows: rows.length,
      added: rows.filter(({ mark }) => mark === '+').length,
      removed: rows.filter(({ mark }) => mark === '-').length,
    };
  });
}

/** The second path of `a/x b/x`. Both are the same unless the file moves, and then `rename to` names it. */
function pathOf(names: string): string {
  if (names.endsWith('"')) return unquoted(names.slice(names.lastIndexOf(' "') + 1)).slice('b/'.length);
  const half = names.slice((names.length + 1) / 2);
  return half.slice('b/'.length);
}

function unquoted(name: string): string {
  return name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).replaceAll('\\"', '"') : name;
}

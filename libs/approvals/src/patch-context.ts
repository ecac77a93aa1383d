import type { StoredContent } from './stored-content';

/** Unchanged lines around a hunk of a stored patch. */
const STORED_CONTEXT = 3;
const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const FILE = 'diff --git ';
const NO_NEWLINE = '\\ No newline at end of file';

interface Hunk {
  /** The first line on each side, from 1. */
  readonly first: { readonly old: number; readonly new: number };
  readonly count: { readonly old: number; readonly new: number };
  readonly body: readonly string[];
}

/**
 * The same change with up to `context` unchanged lines around each hunk. Hunks stay separate, so that they keep their numbers: the
 * lines between two of them belong to the first one as far as its context reaches, the others to the second one.
 */
export function withContext(content: StoredContent, context: number): StoredContent {
  if (content.v === 2 || context <= STORED_CONTEXT) return content;
  const sources = new Set(content.files.map(({ movedFrom }) => movedFrom));
  const results = content.files.filter(({ path }) => !sources.has(path)).map(({ result }) => result ?? '');
  const lines = content.patch.split('\n');
  const written: string[] = [];
  let file = -1;
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (HUNK.test(line)) {
      const { hunks, end } = readHunks(lines, at);
      written.push(...widened(hunks, results[file] ?? '', context - STORED_CONTEXT));
      at = end;
    } else {
      if (line.startsWith(FILE)) file += 1;
      written.push(line);
      at += 1;
    }
  }
  return { ...content, patch: written.join('\n') };
}

/** The hunks of one file. @param start index of the first header */
function readHunks(lines: readonly string[], start: number): { hunks: Hunk[]; end: number } {
  const hunks: Hunk[] = [];
  let end = start;
  for (let header = HUNK.exec(lines[end] ?? ''); header; header = HUNK.exec(lines[end] ?? '')) {
    const [, oldStart, oldCount = '1', newStart, newCount = '1'] = header;
    const count = { old: Number(oldCount), new: Number(newCount) };
    const first = { old: firstLine(Number(oldStart), count.old), new: firstLine(Number(newStart), count.new) };
    const from = end + 1;
    end = from;
    for (const left = { ...count }; left.old > 0 || left.new > 0; end += 1) {
      const mark = lines[end]?.charAt(0);
      if (mark !== '+' && mark !== '\\') left.old -= 1;
      if (mark !== '-' && mark !== '\\') left.new -= 1;
    }
    if (lines[end]?.startsWith('\\')) end += 1;
    hunks.push({ first, count, body: lines.slice(from, end) });
  }
  return { hunks, end };
}

/** An empty side is named by the line before it. */
function firstLine(start: number, count: number): number {
  return count === 0 ? start + 1 : start;
}

/** @param result whole text after the change: unchanged lines are the same before it */
function widened(hunks: readonly Hunk[], result: string, more: number): string[] {
  const lines = result.split('\n');
  const isEnded = lines.at(-1) === '';
  if (isEnded) lines.pop();
  let free = 1;
  return hunks.flatMap(({ first, count, body }, index) => {
    const end = first.new + count.new;
    const next = hunks[index + 1]?.first.new ?? lines.length + 1;
    const before = Math.min(more, first.new - free);
    const after = Math.min(more, next - end);
    free = end + after;
    const unchanged = (from: number, to: number) => lines.slice(from - 1, to - 1).map((line) => ` ${line}`);
    return [
      `@@ -${range(first.old - before, count.old + before + after)} +${range(first.new - before, count.new + before + after)} @@`,
      ...unchanged(first.new - before, first.new),
      ...body,
      ...unchanged(end, free),
      ...(after > 0 && free > lines.length && !isEnded ? [NO_NEWLINE] : []),
    ];
  });
}

function range(first: number, count: number): string {
  return `${count === 0 ? first - 1 : first},${count}`;
}

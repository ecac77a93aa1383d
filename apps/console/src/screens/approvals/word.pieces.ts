import { diffWords } from '../../text/words';
import type { PatchRow } from './patch.rows';

export interface WordPiece {
  readonly text: string;
  readonly isChanged: boolean;
}

/** Longest line that is compared word by word. */
const MAX_CHARS = 500;
/** Lines that share less than this are two lines, not two versions of one. */
const MIN_SHARED = 0.3;

/** For each removed or added row the row that it became or came from, by index: the first with the first of each block. */
export function pairedRows(rows: readonly PatchRow[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  let index = 0;
  while (index < rows.length) {
    const removed = runOf(rows, index, '-');
    const added = runOf(rows, index + removed, '+');
    for (let offset = 0; offset < Math.min(removed, added); offset += 1) {
      pairs.set(index + offset, index + removed + offset);
      pairs.set(index + removed + offset, index + offset);
    }
    index += Math.max(1, removed + added);
  }
  return pairs;
}

function runOf(rows: readonly PatchRow[], from: number, mark: '-' | '+'): number {
  let end = from;
  while (rows[end]?.mark === mark) end += 1;
  return end - from;
}

/** One side of a changed line in pieces; null: the two lines are too long or share too little. */
export function wordPieces(before: string, after: string, side: 'before' | 'after'): readonly WordPiece[] | null {
  if (before.length > MAX_CHARS || after.length > MAX_CHARS) return null;
  const changes = diffWords(before, after);
  const shared = changes.reduce(
    (sum, { added, removed, value }) => sum + (added || removed ? 0 : value.trim().length),
    0,
  );
  if (shared < MIN_SHARED * Math.max(before.trim().length, after.trim().length)) return null;
  return changes
    .filter(({ added, removed }) => !(side === 'before' ? added : removed))
    .map(({ added, removed, value }) => ({ text: value, isChanged: added || removed }));
}

import type { Diff, Hunk } from '@assent/client';

/** Numbers of the parts that are left out. Empty: the whole change. */
export type LeftOut = ReadonlySet<number>;

export const NOTHING_LEFT_OUT: LeftOut = new Set();

export interface ChoiceTotals {
  readonly parts: number;
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}

export function toggled(left: LeftOut, numbers: readonly number[]): LeftOut {
  const isOut = numbers.every((number) => left.has(number));
  const next = new Set(left);
  for (const number of numbers) {
    if (isOut) next.delete(number);
    else next.add(number);
  }
  return next;
}

/** What `hunks` of a decision names; undefined: all of it, or nothing that could be chosen. */
export function chosenHunks({ hunks }: Pick<Diff, 'hunks'>, left: LeftOut): readonly number[] | undefined {
  return left.size === 0 ? undefined : chosen(hunks, left).map(({ number }) => number);
}

/** Counts of what would be approved. The files of an effect without hunks are those of the diff. */
export function totalsOf({ hunks, files }: Pick<Diff, 'hunks' | 'files'>, left: LeftOut): ChoiceTotals {
  const taken = chosen(hunks, left);
  const sum = (read: (part: { readonly added: number; readonly removed: number }) => number) =>
    (hunks.length === 0 ? files : taken).reduce((total, part) => total + read(part), 0);
  return {
    parts: taken.length,
    files: left.size === 0 ? files.length : new Set(taken.map(({ path }) => path)).size,
    added: sum(({ added }) => added),
    removed: sum(({ removed }) => removed),
  };
}

function chosen(hunks: readonly Hunk[], left: LeftOut): readonly Hunk[] {
  return hunks.filter(({ number }) => !left.has(number));
}

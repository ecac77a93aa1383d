import { diffArrays } from 'diff';
import { EDITS_MAX, SEARCH_LINES_MAX, sharedEnds } from './text-diff';
import { splitLines } from './text-lines';

/** A section of a three-way merge, in lines with their terminators. */
export type MergedPart =
  | { readonly kind: 'merged'; readonly lines: readonly string[] }
  | {
      readonly kind: 'conflict';
      /** First line of the section in `theirs`, from 1. */
      readonly line: number;
      readonly base: readonly string[];
      readonly theirs: readonly string[];
      readonly ours: readonly string[];
    };

/** For each line of the base, its index on one side, or GONE. */
type Matches = readonly number[];
const GONE = -1;

/**
 * Merges two changes of one text like diff3: takes a change of one side, or an identical change of both; different changes
 * conflict. When the smallest diff is not found within the limit, the whole changed range counts as one section.
 */
export function mergeTexts(base: string, theirs: string, ours: string): MergedPart[] {
  const lines = { base: splitLines(base), theirs: splitLines(theirs), ours: splitLines(ours) };
  const toTheirs = matchLines(lines.base, lines.theirs);
  const toOurs = matchLines(lines.base, lines.ours);
  const parts: MergedPart[] = [];
  const at = { base: 0, theirs: 0, ours: 0 };

  for (let next = 0; next <= lines.base.length; next += 1) {
    const theirLine = next === lines.base.length ? lines.theirs.length : (toTheirs[next] ?? GONE);
    const ourLine = next === lines.base.length ? lines.ours.length : (toOurs[next] ?? GONE);
    // Only a line that all three texts share ends a section.
    if (theirLine === GONE || ourLine === GONE) continue;
    parts.push(
      decide(
        at.theirs + 1,
        lines.base.slice(at.base, next),
        lines.theirs.slice(at.theirs, theirLine),
        lines.ours.slice(at.ours, ourLine),
      ),
      { kind: 'merged', lines: lines.base.slice(next, next + 1) },
    );
    Object.assign(at, { base: next + 1, theirs: theirLine + 1, ours: ourLine + 1 });
  }
  return parts.filter((part) => part.kind === 'conflict' || part.lines.length > 0);
}

function decide(line: number, base: readonly string[], theirs: readonly string[], ours: readonly string[]): MergedPart {
  if (isSame(base, theirs) || isSame(theirs, ours)) return { kind: 'merged', lines: ours };
  return isSame(base, ours) ? { kind: 'merged', lines: theirs } : { kind: 'conflict', line, base, theirs, ours };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

function matchLines(base: readonly string[], side: readonly string[]): Matches {
  const { before, after } = sharedEnds(base, side);
  const from = base.slice(before, base.length - after);
  const to = side.slice(before, side.length - after);
  const changes =
    from.length + to.length > SEARCH_LINES_MAX ? undefined : diffArrays(from, to, { maxEditLength: EDITS_MAX });

  const matches = base.map((_, index) => {
    if (index < before) return index;
    return index < base.length - after ? GONE : index - base.length + side.length;
  });
  let left = before;
  let right = before;
  for (const { count, added, removed } of changes ?? []) {
    if (!added && !removed) for (let offset = 0; offset < count; offset += 1) matches[left + offset] = right + offset;
    if (!added) left += count;
    if (!removed) right += count;
  }
  return matches;
}

import { QUOTED_CHARS } from './quoted-line';
import { placesOf } from './sequence-search';
import { foldLine } from './text-forms';

/** Lines of a block that are looked for, and places of each: they bound the search for any texts. */
const LINES_MAX = 200;
const PLACES_MAX = 20;
/** Of two lines: the share of their pairs of characters that both have. Below this a line is no help. */
const SIMILARITY_MIN = 0.5;

/**
 * Where a file is most like a block of lines that it does not have: where most lines of the block stand in their order, regardless of
 * what cannot be seen; else where one line holds, or is like, the longest of the block. Linear in both.
 * @returns index in `lines` at which the block would begin, which may lie before the first line; null: nowhere
 */
export function nearestBlock(lines: readonly string[], block: readonly string[]): number | null {
  const wanted = block.slice(0, LINES_MAX);
  const folded = lines.map(foldLine);
  return voted(folded, wanted.map(foldLine)) ?? byOneLine(lines, folded, wanted);
}

/** The line that is most like another one; null: none is. */
export function nearestLine(lines: readonly string[], expected: string): number | null {
  const wanted = pairsOf(expected);
  let nearest: number | null = null;
  let best = SIMILARITY_MIN;
  for (const [index, line] of lines.entries()) {
    const similarity = likeness(pairsOf(line), wanted);
    if (similarity <= best) continue;
    best = similarity;
    nearest = index;
  }
  return nearest;
}

function voted(folded: readonly string[], block: readonly string[]): number | null {
  const wanted = new Set(block);
  const places = new Map<string, number[]>();
  for (const [index, line] of folded.entries()) {
    if (line === '' || !wanted.has(line)) continue;
    const known = places.get(line);
    if (!known) places.set(line, [index]);
    else if (known.length < PLACES_MAX) known.push(index);
  }
  const votes = new Map<number, number>();
  for (const [offset, line] of block.entries()) {
    for (const index of places.get(line) ?? []) votes.set(index - offset, (votes.get(index - offset) ?? 0) + 1);
  }
  const [first] = [...votes].toSorted(([a, ofA], [b, ofB]) => ofB - ofA || a - b);
  return first?.[0] ?? null;
}

function byOneLine(lines: readonly string[], folded: readonly string[], block: readonly string[]): number | null {
  const [longest] = [...block.entries()].toSorted(([, a], [, b]) => b.trim().length - a.trim().length);
  if (!longest) return null;
  const [offset, text] = longest;
  const part = foldLine(text);
  const holding = folded.findIndex(
    (line) => line.length >= part.length && placesOf(line, part, { limit: 1 }).length > 0,
  );
  const index = holding === -1 ? nearestLine(lines, text) : holding;
  return index === null ? null : index - offset;
}

/** Dice's coefficient. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const pair of a) if (b.has(pair)) shared += 1;
  return (2 * shared) / (a.size + b.size);
}

/** Pairs of neighbouring characters at the beginning of a line, ignoring white space around it. */
function pairsOf(line: string): ReadonlySet<string> {
  const text = line.slice(0, QUOTED_CHARS).trim();
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < text.length; at += 1) pairs.add(text.slice(at, at + 2));
  return pairs;
}

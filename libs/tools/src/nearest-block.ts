import { QUOTED_CHARS } from './quoted-line';
import { placesOf } from './sequence-search';
import { foldLine } from './text-forms';

/** Maximum lines of a block that are searched, and maximum places of each. They bound the search for any text. */
const LINES_MAX = 200;
const PLACES_MAX = 20;
/** Minimum share of character pairs that two lines have in common. A less similar line does not help. */
const SIMILARITY_MIN = 0.5;

/**
 * Finds where a file is most similar to a block of lines that it does not contain: where most lines of the block occur in order,
 * ignoring invisible differences; else where a line contains, or resembles, the longest line of the block. Linear in both.
 * @returns index in `lines` at which the block would begin, possibly before the first line; null when nothing is similar
 */
export function nearestBlock(lines: readonly string[], block: readonly string[]): number | null {
  const wanted = block.slice(0, LINES_MAX);
  const folded = lines.map(foldLine);
  return voted(folded, wanted.map(foldLine)) ?? byOneLine(lines, folded, wanted);
}

/** Index of the line most similar to the expected one; null when no line is similar. */
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

/** Pairs of adjacent characters at the beginning of a line, ignoring white space around it. */
function pairsOf(line: string): ReadonlySet<string> {
  const text = line.slice(0, QUOTED_CHARS).trim();
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < text.length; at += 1) pairs.add(text.slice(at, at + 2));
  return pairs;
}

import { nearestBlock } from './nearest-block';
import { misfit } from './patch-failure';
import type { PatchHunk } from './patch-hunks';
import { describeMismatch, type MismatchOptions } from './patch-mismatch';
import { placesOf } from './sequence-search';

/** Maximum number of hunks up to which a hunk out of order, or below a named line, is searched for in the whole file. */
const HUNKS_SEARCHED_MAX = 64;
const PLACES_NAMED_MAX = 3;
const BARE =
  'has new lines only, and does not say reliably where they belong. Add a line that stands before or after them';

/** A hunk with the lines it expects in the file. */
export interface ExpectingHunk extends PatchHunk {
  readonly block: readonly { readonly text: string; readonly patchLine: number | null }[];
}

/** Line indexes at which a hunk may begin; `to` is inclusive. */
interface Range {
  readonly from: number;
  readonly to: number;
}

interface Placing {
  readonly block: readonly string[];
  readonly range: Range;
}

/**
 * Finds the line at which each hunk fits: the line that its header names, else the only place with its lines. Headers are not
 * trusted beyond that, because models count badly. Hunks are placed in order. The result is unique when the earliest possible
 * place of each hunk is also its latest. Linear in file and patch.
 * @returns the index of the line at which each hunk begins; they do not overlap
 * @throws AssentError `conflict` for a hunk that fits nowhere or at several places; pointer /args/patch
 */
export function placeHunks(
  lines: readonly string[],
  hunks: readonly ExpectingHunk[],
  of: string,
  options: MismatchOptions,
): number[] {
  const anywhere = hunks.map((hunk) => placingOf(lines, hunk, options.exact, false));
  const found = places(lines, anywhere);
  if (found.isOnly) return trusted(hunks, found.earliest, of);
  if (found.earliest.length < hunks.length) {
    const apart = unordered(lines, anywhere);
    if (apart) return trusted(hunks, apart, of);
    throw fitsNowhere(lines, hunks, found.earliest.length, of, options);
  }
  const below =
    hunks.length > HUNKS_SEARCHED_MAX ? anywhere : hunks.map((hunk) => placingOf(lines, hunk, options.exact, true));
  const anchored = places(lines, below);
  if (anchored.isOnly) return trusted(hunks, anchored.earliest, of);
  throw ambiguous(lines, hunks, found, of, options);
}

/** Accepts the header position of a hunk of new lines only if the positions in the other headers are correct. */
function trusted(hunks: readonly ExpectingHunk[], found: number[], of: string): number[] {
  const isMoved = hunks.some(({ oldStart }, index) => oldStart !== null && oldStart - 1 !== found[index]);
  const bare = hunks.findIndex(({ oldStart, block }) => oldStart !== null && block.length === 0);
  if (!isMoved || bare === -1) return found;
  throw misfit(`does not fit: ${nameOf(hunks[bare], bare, of)} ${BARE}`);
}

function placingOf(lines: readonly string[], hunk: ExpectingHunk, exact: boolean, isBelow: boolean): Placing {
  const block = hunk.block.map(({ text }) => text);
  const only = (place: number): Placing => ({ block, range: { from: place, to: place } });
  const anywhere: Placing = { block, range: { from: 0, to: lines.length - block.length } };
  const { oldStart, anchors = [], isAtEnd = false } = hunk;
  if (oldStart !== null && (exact || fitsAt(lines, block, oldStart - 1))) return only(oldStart - 1);
  if (isAtEnd && fitsAt(lines, block, lines.length - block.length)) return only(lines.length - block.length);
  if (anchors.length === 0 || !(isBelow || block.length === 0)) return anywhere;
  const range = rangeBelow(lines, anchors);
  if (!range) return anywhere;
  return block.length === 0 ? only(range.from + 1) : { block, range };
}

function fitsAt(lines: readonly string[], block: readonly string[], place: number): boolean {
  return (
    place >= 0 && place + block.length <= lines.length && block.every((line, offset) => lines[place + offset] === line)
  );
}

interface Places {
  /** Places of the hunks that fit in sequence, up to the first that does not. */
  readonly earliest: number[];
  readonly latest: number[];
  readonly isOnly: boolean;
}

function places(lines: readonly string[], placings: readonly Placing[]): Places {
  const earliest = earliestPlaces(lines, placings);
  if (earliest.length < placings.length) return { earliest, latest: [], isOnly: false };
  // The latest places are the earliest ones of the reversed file.
  const mirrored = placings.toReversed().map(({ block, range: { from, to } }) => {
    const mirror = (place: number) => lines.length - place - block.length;
    return { block: block.toReversed(), range: { from: mirror(to), to: mirror(from) } };
  });
  const latest = earliestPlaces(lines.toReversed(), mirrored)
    .toReversed()
    .map((place, index) => lines.length - place - (placings[index]?.block.length ?? 0));
  return { earliest, latest, isOnly: earliest.every((place, index) => place === latest[index]) };
}

function earliestPlaces(lines: readonly string[], placings: readonly Placing[]): number[] {
  const found: number[] = [];
  let free = 0;
  for (const { block, range } of placings) {
    const from = Math.max(free, range.from);
    if (from > range.to) return found;
    const [place] = block.length === 0 ? [from] : placesOf(lines, block, { from, limit: 1 });
    if (place === undefined || place > range.to) return found;
    found.push(place);
    free = place + block.length;
  }
  return found;
}

/** Places of hunks in any order; null unless each has exactly one place and no two overlap. */
function unordered(lines: readonly string[], placings: readonly Placing[]): number[] | null {
  if (placings.length > HUNKS_SEARCHED_MAX) return null;
  const found: number[] = [];
  for (const { block, range } of placings) {
    const all = block.length === 0 ? [] : placesOf(lines, block, { from: range.from, limit: 2 });
    const inRange = range.from === range.to ? all.slice(0, 1) : all;
    const [place, second] = inRange;
    if (place === undefined || second !== undefined || place > range.to) return null;
    found.push(place);
  }
  const spans = found.map((place, index) => ({ place, end: place + (placings[index]?.block.length ?? 0) }));
  const sorted = spans.toSorted((a, b) => a.place - b.place);
  return sorted.every(({ place }, index) => place >= (sorted[index - 1]?.end ?? 0)) ? found : null;
}

/**
 * The lines below the last anchor, up to the next line that is not indented deeper. Each anchor has to occur exactly once below
 * the one before.
 * @returns null when the anchors are not unique
 */
function rangeBelow(lines: readonly string[], anchors: readonly string[]): Range | null {
  let range: Range = { from: 0, to: lines.length - 1 };
  for (const anchor of anchors) {
    const within = lines.slice(range.from, range.to + 1).map((line) => line.trim());
    const equal = placesOf(within, [anchor], { limit: 2 });
    const [at, second] = equal.length > 0 ? equal : startingWith(within, anchor);
    if (at === undefined || second !== undefined) return null;
    const from = range.from + at;
    const depth = indentOf(lines[from] ?? '');
    const end = lines.findIndex((line, index) => index > from && line.trim() !== '' && indentOf(line) <= depth);
    range = { from, to: Math.min(range.to, end === -1 ? lines.length - 1 : end) };
  }
  return range;
}

function startingWith(lines: readonly string[], text: string): number[] {
  return lines.flatMap((line, index) => (line.startsWith(text) ? [index] : []));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function fitsNowhere(
  lines: readonly string[],
  hunks: readonly ExpectingHunk[],
  index: number,
  of: string,
  options: MismatchOptions,
) {
  const hunk = hunks[index];
  const name = nameOf(hunk, index, of);
  const again = 'Read the file again and make the patch from what it says';
  if (!options.quotes) return misfit(`does not fit: ${name} does not fit at exactly one place. ${again}`);
  const block = hunk?.block ?? [];
  const texts = block.map(({ text }) => text);
  const [elsewhere] = placesOf(lines, texts, { limit: 1 });
  if (elsewhere !== undefined) {
    return misfit(
      `does not fit: the lines of ${name} stand at line ${elsewhere + 1} of the file, which is not the line that its header names, or stands before the end of the hunk above. Order the hunks by line, and let no two overlap`,
    );
  }
  const start = nearestBlock(lines, texts);
  if (start === null) return misfit(`does not fit: ${name} fits nowhere, and nothing in the file is like it. ${again}`);
  const differing = block.findIndex(({ text }, offset) => start + offset >= 0 && lines[start + offset] !== text);
  const expected = block[differing];
  if (!expected) return misfit(`does not fit: ${name} begins before the first line of the file. ${again}`);
  return misfit(
    describeMismatch(
      {
        hunk: `hunk ${index + 1}${of}`,
        patchLine: expected.patchLine,
        lines,
        at: start + differing,
        expected: expected.text,
        block: texts,
      },
      options,
    ),
  );
}

function ambiguous(
  lines: readonly string[],
  hunks: readonly ExpectingHunk[],
  { earliest, latest }: Places,
  of: string,
  { quotes }: MismatchOptions,
) {
  const index = earliest.findIndex((place, at) => place !== latest[at]);
  const hunk = hunks[index];
  const name = nameOf(hunk, index, of);
  if (hunk?.block.length === 0) {
    return misfit(`does not fit: ${name} ${BARE}`);
  }
  if (!quotes) {
    return misfit(
      `does not fit: ${name} does not fit at exactly one place. Read the file again and make the patch from what it says`,
    );
  }
  const texts = hunk?.block.map(({ text }) => text) ?? [];
  const all = placesOf(lines, texts, { from: earliest[index] ?? 0, limit: PLACES_NAMED_MAX + 1 });
  const named = all.slice(0, PLACES_NAMED_MAX).map((place) => place + 1);
  return misfit(
    `does not fit at one place only: ${name} fits at lines ${named.join(', ')}${all.length > PLACES_NAMED_MAX ? ' and more' : ''} of the file. Add lines around it until it fits at one`,
  );
}

function nameOf(hunk: ExpectingHunk | undefined, index: number, of: string): string {
  const line = hunk?.patchLine === undefined ? '' : ` (line ${hunk.patchLine} of the patch)`;
  return `hunk ${index + 1}${of}${line}`;
}

import { nearestLine } from './nearest-block';
import { quotedLine } from './quoted-line';
import { placesOf } from './sequence-search';
import { formDifferences, type TextForm } from './text-forms';
import { lineEndsOf } from './text-format';

/** A line of a hunk that is not what the file has. */
export interface Mismatch {
  /** "hunk 1", or "hunk 1 of a file". */
  readonly hunk: string;
  /** Of the patch, from 1; null where it is not known. */
  readonly patchLine: number | null;
  /** All lines of the file, with their terminators. */
  readonly lines: readonly string[];
  /** Index of the line that differs. */
  readonly at: number;
  readonly expected: string;
  /** What the hunk expects of the file, line by line. */
  readonly block: readonly string[];
}

export interface MismatchOptions {
  /** The caller may read the file: only then does a message quote it, or say where in it a text stands. */
  readonly quotes: boolean;
  /** The lines of the file as a message may quote them, as many as it has; absent: as they are. */
  readonly shownLines?: (text: string) => readonly string[];
  /** Hunks are held to the lines that their headers name, and to what they count. */
  readonly exact: boolean;
  /** The call could say `exact: false`. */
  readonly relaxes: boolean;
}

const LOCATIONS_MAX = 3;

/** Why a line does not fit, as what follows "The patch": which line, in what it differs, and what to do. */
export function describeMismatch(mismatch: Mismatch, options: MismatchOptions): string {
  const { quotes, relaxes } = options;
  const { hunk, patchLine, lines, at, expected } = mismatch;
  const actual = lines[at];
  const forms = actual === undefined ? [] : formDifferences(actual, expected);
  const notes = [
    ...(patchLine === null ? [] : [`line ${patchLine} of the patch`]),
    ...(actual === undefined ? [`the file has ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`] : []),
    ...forms.map(({ differs }) => differs(actual ?? '', expected, 'the patch')),
  ];
  const quotable = quotes ? quotableLines(lines, options) : [];
  const head = `does not fit: ${hunk} expects another text than line ${at + 1} of the file has${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
  const shownLines =
    quotes && actual !== undefined
      ? `. File: ${quotedLine(quotable[at] ?? '', expected)}, patch: ${quotedLine(expected, actual)}`
      : '';
  return `${head}${shownLines}. ${forms.length > 0 ? formAdvice(forms, mismatch, relaxes) : locationAdvice(mismatch, quotable, options)}`;
}

function formAdvice(forms: readonly TextForm[], { lines, at, expected }: Mismatch, relaxes: boolean): string {
  const keeps = relaxes && lineEndsOf(lines.join('')) !== 'mixed';
  const relaxed = keeps && forms.every(({ kept }) => kept?.(lines[at] ?? '', expected) === true);
  return `Write the line exactly as the file has it${relaxed ? ', or call with "exact": false, which keeps the form of the file' : ''}`;
}

/** A secret is known by what stands in front of it, also on other lines. */
function quotableLines(lines: readonly string[], { shownLines }: MismatchOptions): readonly string[] {
  return shownLines?.(lines.join('')) ?? lines;
}

function locationAdvice(
  { lines, at, expected, block }: Mismatch,
  quotable: readonly string[],
  { quotes, relaxes }: MismatchOptions,
): string {
  const again = 'Read the file again and make the patch from what it says';
  if (!quotes) return again;
  const locations = locationsOf(lines, block);
  if (locations.length === 1)
    return `The lines of the hunk stand at line ${locations[0]} of the file: let the hunk begin there${relaxes ? ', or call with "exact": false, which finds the place' : ''}`;
  if (locations.length > 1) {
    const some = locations.slice(0, LOCATIONS_MAX).join(', ');
    return `The lines of the hunk stand at lines ${some}${locations.length > LOCATIONS_MAX ? ' and more' : ''} of the file: let the hunk begin at the one that is meant`;
  }
  const nearest = nearestLine(lines, expected);
  if (nearest === null) return `No line of the file is like it. ${again}`;
  if (nearest === at) return again;
  return `The nearest text is line ${nearest + 1}: ${quotedLine(quotable[nearest] ?? '', expected)}. ${again}`;
}

/** Lines, from 1, at which the file has all that the hunk expects. */
function locationsOf(lines: readonly string[], block: readonly string[]): number[] {
  return placesOf(lines, block, { limit: LOCATIONS_MAX + 1 }).map((place) => place + 1);
}

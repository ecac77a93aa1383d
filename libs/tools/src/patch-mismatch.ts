import { nearestLine } from './nearest-block';
import { quotedLine } from './quoted-line';
import { placesOf } from './sequence-search';
import { formDifferences, type TextForm } from './text-forms';
import { lineEndsOf } from './text-format';

/** A line of a hunk that differs from the file. */
export interface Mismatch {
  /** "hunk 1", or "hunk 1 of a file". */
  readonly hunk: string;
  /** Line number in the patch, from 1; null when unknown. */
  readonly patchLine: number | null;
  /** All lines of the file, with their terminators. */
  readonly lines: readonly string[];
  /** Index of the line that differs. */
  readonly at: number;
  readonly expected: string;
  /** The lines that the hunk expects in the file. */
  readonly block: readonly string[];
}

export interface MismatchOptions {
  /** The caller may read the file. Only then may a message quote it or say where a text occurs in it. */
  readonly quotes: boolean;
  /** Returns the lines of the file as a message may quote them, the same number of lines; absent: unchanged. */
  readonly shownLines?: (text: string) => readonly string[];
  /** Hunks must match the line numbers and counts in their headers. */
  readonly exact: boolean;
  /** The call accepts `exact: false`. */
  readonly relaxes: boolean;
}

const LOCATIONS_MAX = 3;

/** Continues "The patch": which line does not fit, how it differs, and what to do. */
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

/** Redacts the whole text, because the text before a secret, even on other lines, identifies it. */
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

/** Line numbers, from 1, at which the file contains all lines that the hunk expects. */
function locationsOf(lines: readonly string[], block: readonly string[]): number[] {
  return placesOf(lines, block, { limit: LOCATIONS_MAX + 1 }).map((place) => place + 1);
}

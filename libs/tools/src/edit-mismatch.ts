import { nearestBlock } from './nearest-block';
import { quotedLine } from './quoted-line';
import { placesOf } from './sequence-search';
import { formDifferences } from './text-forms';
import { splitLines } from './text-lines';

const GIVEN = '"old"';

/**
 * Describes the most similar text for one that a file does not contain: its location and its difference; no period at the end.
 * @param shownLines lines of the file as they may be quoted
 */
export function describeMissing(
  text: string,
  old: string,
  shownLines: (text: string) => readonly string[] = splitLines,
): string {
  const again = 'Read the file again and copy the text exactly';
  if (text === '') return 'The file is empty: give it a text with file.write';
  const lines = splitLines(text);
  const block = splitLines(old);
  const start = nearestBlock(lines, block);
  if (start === null) return `Nothing in it is like that text. ${again}`;
  const differing = block.findIndex(
    (line, offset) => !matchesLine(lines[start + offset] ?? '', line, offset, block.length),
  );
  const offset = Math.max(0, differing);
  const given = block[offset] ?? '';
  const actual = lines[start + offset];
  const inOld = block.length === 1 ? '' : `, where line ${offset + 1} of "old" differs`;
  if (actual === undefined) {
    const first = Math.max(1, start + 1);
    return `The nearest text begins at line ${first}, but the file has ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}. ${again}`;
  }
  const notes = formDifferences(actual, given, (file, own) => matchesLine(file, own, offset, block.length)).map(
    ({ differs }) => differs(actual, given, GIVEN),
  );
  const why = notes.length > 0 ? ` (${notes.join('; ')})` : '';
  return `The nearest text is at line ${start + offset + 1}${inOld}${why}. File: ${quotedLine(shownLines(text)[start + offset] ?? '', given)}, "old": ${quotedLine(given, actual)}. ${again}`;
}

/** Whether a line of the file matches a line of `old`, whose first and last lines may be partial. */
function matchesLine(file: string, given: string, offset: number, count: number): boolean {
  if (count === 1) return placesOf(file, given, { limit: 1 }).length > 0;
  if (offset === 0) return file.endsWith(given);
  return offset === count - 1 ? file.startsWith(given) : file === given;
}

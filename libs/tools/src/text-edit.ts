import { setImmediate } from 'node:timers/promises';
import { AssentError } from '@assent/contract';
import { describeMissing } from './edit-mismatch';
import { placesOf } from './sequence-search';
import { lineEndsOf } from './text-format';
import { FILE_MAX_BYTES } from './workspace-file';

export interface TextEdit {
  /** Not empty. */
  readonly old: string;
  readonly new: string;
  /** Replaces every non-overlapping occurrence from the beginning; absent: the text must occur once. */
  readonly all?: boolean;
}

export interface EditOptions {
  /** Texts match byte for byte; otherwise the line ends and the final newline of the file are kept. */
  readonly exact: boolean;
  /** The caller may read the file. Only then may a message quote it or say how often and where a text occurs. */
  readonly quotes: boolean;
  /** Returns the lines of the file as a message may quote them, the same number of lines; absent: unchanged. */
  readonly shownLines?: (text: string) => readonly string[];
}

const LINES_NAMED_MAX = 10;

/**
 * Applies edits in order, each to the result of the previous ones. Yields to the event loop between edits.
 * @param signal aborts between two edits
 * @throws AssentError `conflict` when `old` does not occur, or occurs several times without `all`; `invalid` for an edit that
 * changes nothing or makes the text too large; pointer /args/edits/<index>[/old]
 */
export async function applyEdits(
  base: string,
  edits: readonly TextEdit[],
  options: EditOptions,
  signal?: AbortSignal,
): Promise<string> {
  // Use the line ends of the file, because an edited text may have none.
  const crlf = !options.exact && lineEndsOf(base) === 'crlf';
  let text = base;
  for (const [index, edit] of edits.entries()) {
    const number = { index, of: edits.length };
    if (edit.old === edit.new)
      throw refusal('invalid', number, 'changes nothing: its "old" and "new" are the same', '');
    if (index > 0) await setImmediate();
    signal?.throwIfAborted();
    text = applyEdit(text, edit, { ...options, base, crlf, number });
  }
  return text;
}

interface EditNumber {
  readonly index: number;
  readonly of: number;
}

interface EditScene extends EditOptions {
  /** The text before the first edit. */
  readonly base: string;
  /** Treats LF in an edit as CRLF. */
  readonly crlf: boolean;
  readonly number: EditNumber;
}

function applyEdit(text: string, edit: TextEdit, scene: EditScene): string {
  const { old, new: replacement } = scene.crlf ? withCrlf(edit) : edit;
  const places = placesOf(text, old);
  if (edit.all === true && places.length > 0)
    return replaceAll(text, apart(places, old.length), old, replacement, scene);
  if (places.length > 1) throw ambiguous(text, places, scene);
  const [place] = places;
  if (place !== undefined) return text.slice(0, place) + replacement + text.slice(place + old.length);
  const atEnd = scene.exact ? null : withoutFinalNewline(text, old, replacement);
  if (atEnd !== null) return atEnd;
  throw missing(text, edit, scene);
}

function withCrlf(edit: TextEdit): TextEdit {
  if ((edit.old + edit.new).includes('\r')) return edit;
  return { ...edit, old: edit.old.replaceAll('\n', '\r\n'), new: edit.new.replaceAll('\n', '\r\n') };
}

/** Replaces unterminated last lines with an edit that expects a final newline; null when the lines are not `old`. */
function withoutFinalNewline(text: string, old: string, replacement: string): string | null {
  const newline = /\r?\n$/.exec(old)?.[0] ?? '';
  const open = old.slice(0, old.length - newline.length);
  if (newline === '' || open === '' || !text.endsWith(open)) return null;
  const kept = replacement.endsWith(newline) ? replacement.slice(0, -newline.length) : replacement;
  return text.slice(0, -open.length) + kept;
}

function replaceAll(
  text: string,
  places: readonly number[],
  old: string,
  replacement: string,
  { number }: EditScene,
): string {
  const length = text.length + places.length * (replacement.length - old.length);
  // Check the length before building the text: a short text with a million occurrences may be replaced by a long one.
  if (length > FILE_MAX_BYTES) {
    throw refusal(
      'invalid',
      number,
      `makes a text of ${length} characters, over the limit of ${FILE_MAX_BYTES} bytes`,
      '',
    );
  }
  const parts: string[] = [];
  let at = 0;
  for (const place of places) {
    parts.push(text.slice(at, place), replacement);
    at = place + old.length;
  }
  return parts.join('') + text.slice(at);
}

/** Places without overlaps, from the first one on. */
function apart(places: readonly number[], length: number): number[] {
  let free = 0;
  return places.filter((place) => {
    if (place < free) return false;
    free = place + length;
    return true;
  });
}

function ambiguous(text: string, places: readonly number[], { quotes, number }: EditScene): AssentError {
  if (!quotes) return refusal('conflict', number, 'does not fit: its "old" does not occur exactly once');
  const lines = [...new Set(linesAt(text, places))];
  const named = lines.slice(0, LINES_NAMED_MAX).join(', ');
  const where = `${lines.length === 1 ? 'line' : 'lines'} ${named}${lines.length > LINES_NAMED_MAX ? ' and more' : ''}`;
  return refusal(
    'conflict',
    number,
    `does not fit: its "old" occurs ${places.length} times, on ${where}${afterFormer(number)}. Add lines around it until it occurs once, or set "all": true`,
  );
}

function missing(text: string, { old }: TextEdit, { quotes, shownLines, base, number }: EditScene): AssentError {
  if (!quotes) return refusal('conflict', number, 'does not fit: its "old" does not occur exactly once');
  const head = `does not fit: its "old" does not occur in the file${afterFormer(number)}`;
  if (text !== base && placesOf(base, old, { limit: 1 }).length > 0) {
    return refusal(
      'conflict',
      number,
      `${head}: an edit before it changed that text. Write it as it is then, or join the edits`,
    );
  }
  return refusal('conflict', number, `${head}. ${describeMissing(text, old, shownLines)}`);
}

/** Line number, from 1, of each place. The places are sorted. */
function linesAt(text: string, places: readonly number[]): number[] {
  let line = 1;
  let next = text.indexOf('\n');
  return places.map((place) => {
    while (next !== -1 && next < place) {
      line += 1;
      next = text.indexOf('\n', next + 1);
    }
    return line;
  });
}

function afterFormer({ index }: EditNumber): string {
  if (index === 0) return '';
  return index === 1 ? ' as edit 1 leaves it' : ` as edits 1 to ${index} leave it`;
}

/** @param problem continues "The edit" or "Edit 2" */
function refusal(
  reason: 'invalid' | 'conflict',
  { index, of }: EditNumber,
  problem: string,
  property = '/old',
): AssentError {
  const name = of === 1 ? 'The edit' : `Edit ${index + 1}`;
  return new AssentError(reason, `${name} ${problem}.`, { pointer: `/args/edits/${index}${property}` });
}

const UNICODE_REPLACEMENT = '\uFFFD';
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** At most `maxChars` UTF-16 units from the start; a surrogate pair is not cut apart. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return text.slice(0, isPairAt(text, maxChars - 1) ? maxChars - 1 : maxChars);
}

/** At most `maxChars` UTF-16 units from the end; a surrogate pair is not cut apart. */
export function endOfText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const from = text.length - maxChars;
  return text.slice(isPairAt(text, from - 1) ? from + 1 : from);
}

/** Text that Postgres and UTF-8 can hold: U+0000 and lone surrogates become U+FFFD, so the length stays. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', UNICODE_REPLACEMENT);
}

/**
 * One spelling for all that some file system takes for the same name (case, composition, invisible characters). For comparing
 * only: what it calls equal may well be two files elsewhere.
 */
export function foldPath(text: string): string {
  return text.replace(IGNORABLE, '').normalize('NFC').toLowerCase().toUpperCase();
}

/** Whether the units at `index` and behind it are one character. */
function isPairAt(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}

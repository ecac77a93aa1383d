import type { Json, JsonObject } from '@assent/contract';

const UNICODE_REPLACEMENT = '\uFFFD';
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Spaces, invisible characters, and the empty braille pattern, which looks like a space. */
const UNSEEN = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/gu;

const VISIBLE_ASCII = /[!-~]/;
const WORD_AT_END = /(?<![!-~])[!-~]+$/;
const WORD_AT_START = /^[!-~]+/;

/** Whether a reader sees nothing in it. */
export function isBlank(text: string): boolean {
  return text.replaceAll(UNSEEN, '') === '';
}

/** At most `maxChars` UTF-16 units from the start; surrogate pairs stay whole. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return text.slice(0, isPairAt(text, maxChars - 1) ? maxChars - 1 : maxChars);
}

/**
 * At most `maxChars` UTF-16 units, with an ellipsis where the text is cut, but never inside a word. For text that is
 * redacted later: redaction does not recognize half of a secret. A word is visible ASCII, like secrets; some scripts
 * have no spaces.
 */
export function excerpt(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const start = cutText(text, maxChars - 1);
  const isInWord = VISIBLE_ASCII.test(text.charAt(start.length));
  return `${(isInWord ? start.replace(WORD_AT_END, '') : start).trimEnd()}…`;
}

/**
 * At most `maxChars` UTF-16 units from the end; surrogate pairs stay whole. Does not begin inside a word, because the
 * text is redacted later, like that of `excerpt`.
 */
export function endOfText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const from = text.length - maxChars;
  const end = text.slice(isPairAt(text, from - 1) ? from + 1 : from);
  return VISIBLE_ASCII.test(text.charAt(from - 1)) ? end.replace(WORD_AT_START, '') : end;
}

/** Text that Postgres and UTF-8 can hold: U+0000 and lone surrogates become U+FFFD, so the length is unchanged. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', UNICODE_REPLACEMENT);
}

/** Maximum depth: each level takes a function call, and the stack is limited. */
const DEPTH_MAX = 128;
const TOO_DEEP = `[deeper than ${DEPTH_MAX} levels]`;

/** External JSON with all its strings and keys made storable; levels below 128 are replaced by a notice. */
export function storableObject(value: JsonObject): JsonObject {
  return storableMembers(value, 1);
}

function storableMembers(value: JsonObject, depth: number): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [storableText(name), storableJson(item, depth + 1)]),
  );
}

function storableJson(value: Json, depth: number): Json {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) return TOO_DEEP;
  if (isList(value)) return value.map((item) => storableJson(item, depth + 1));
  return storableMembers(value, depth);
}

/** `Array.isArray` does not narrow a read-only list. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * One spelling for all names that some file system treats as equal (case, composition, invisible characters). For
 * comparison only: another file system may treat them as different files.
 */
export function foldPath(text: string): string {
  return text.replace(IGNORABLE, '').normalize('NFC').toLowerCase().toUpperCase();
}

/** Whether the units at `index` and after it form one character. */
function isPairAt(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}

import type { CharacterFlag } from '@assent/contract';
import { patchFiles, type PatchLine } from './patch-lines';
import type { StoredContent } from './stored-content';

/** Maximum number of flags listed: with so many, a reviewer reads the bytes. */
export const FLAGS_MAX = 500;

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const ZERO_WIDTH = /[\u200b-\u200d\u2060\ufeff]/;
const CONTROL = /(?![\t\n])\p{Cc}/u;
const SUSPECT = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufffd]/u;
const EMOJI = /\p{Emoji}/u;
const VARIATION = /[\ufe0e\ufe0f]/;
const JOINER = '\u200d';
/** How the summary of an external effect escapes such characters. */
const SPELLED = /<U\+([0-9A-F]{2,6})>/g;
const HEX = 16;

/** Characters of a change that are invisible or displayed out of order, in the order of the patch. */
export function characterFlags(content: StoredContent): { flags: CharacterFlag[]; truncated: boolean } {
  const found: CharacterFlag[] = [];
  for (const flag of content.v === 1 ? ofFiles(content) : ofSummary(content.summary)) {
    if (found.length === FLAGS_MAX) return { flags: found, truncated: true };
    found.push(flag);
  }
  return { flags: found, truncated: false };
}

function* ofFiles(content: Extract<StoredContent, { v: 1 }>): Generator<CharacterFlag> {
  for (const { path, hunks } of patchFiles(content)) {
    for (const { lines } of hunks) for (const line of lines) yield* ofLine(path, line);
  }
}

function* ofLine(path: string, { text, line, mark }: PatchLine): Generator<CharacterFlag> {
  if (!SUSPECT.test(text)) return;
  const characters = Array.from(text);
  for (const [index, character] of characters.entries()) {
    if (!SUSPECT.test(character) || isOrdinary(characters, index)) continue;
    yield flagOf(path, line, index + 1, character.codePointAt(0) ?? 0, mark === '+');
  }
}

function* ofSummary(summary: string): Generator<CharacterFlag> {
  for (const [index, line] of summary.split('\n').entries()) {
    for (const match of line.matchAll(SPELLED)) {
      const code = Number.parseInt(match[1] ?? '0', HEX);
      yield flagOf('', index + 1, Array.from(line.slice(0, match.index)).length + 1, code, true);
    }
    yield* ofLine('', { text: line, line: index + 1, mark: '+' });
  }
}

/** Windows line endings and emoji joiners are not flagged. */
function isOrdinary(characters: readonly string[], index: number): boolean {
  const character = characters[index] ?? '';
  const before = characters[index - 1] ?? '';
  if (character === '\r') return index === characters.length - 1;
  if (VARIATION.test(character)) return EMOJI.test(before);
  if (character !== JOINER) return false;
  const base = VARIATION.test(before) ? (characters[index - 2] ?? '') : before;
  return EMOJI.test(base) && EMOJI.test(characters[index + 1] ?? '');
}

function flagOf(path: string, line: number, column: number, code: number, added: boolean): CharacterFlag {
  const character = code <= 0x10_ffff ? String.fromCodePoint(code) : '';
  const kind = BIDI.test(character)
    ? 'bidi'
    : ZERO_WIDTH.test(character)
      ? 'zero_width'
      : CONTROL.test(character)
        ? 'control'
        : 'invisible';
  return { path, line, column, codePoint: `U+${code.toString(HEX).toUpperCase().padStart(4, '0')}`, kind, added };
}

/** A part of a text: characters that are shown as they are, or the code point of one that would not be seen. */
export type Piece = { readonly text: string } | { readonly code: string; readonly kind: HiddenKind };
/** As the server names them in the flags of a diff. */
export type HiddenKind = 'bidi' | 'zero_width' | 'control' | 'invisible';

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const ZERO_WIDTH = /[\u200b-\u200d\u2060\ufeff]/;
const CONTROL = /\p{Cc}/u;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufffd\p{Cs}]/u;
const EMOJI = /\p{Emoji}/u;
const DIGIT = /[#*0-9]/;
const VARIATION = /[\ufe0e\ufe0f]/;
const JOINER = '\u200d';
const HEX = 16;
const CODE_DIGITS = 4;

/** Splits a text at its hidden characters. Tabs, line ends and the joiners of emoji are ordinary. */
export function spell(text: string): Piece[] {
  if (!HIDDEN.test(text)) return text === '' ? [] : [{ text }];
  const pieces: Piece[] = [];
  let plain = '';
  const characters = Array.from(text);
  for (const [index, character] of characters.entries()) {
    if (!HIDDEN.test(character) || isOrdinary(characters, index)) {
      plain += character;
      continue;
    }
    if (plain !== '') pieces.push({ text: plain });
    plain = '';
    pieces.push({ code: codeOf(character), kind: kindOf(character) });
  }
  if (plain !== '') pieces.push({ text: plain });
  return pieces;
}

/** The text with each hidden character written as ⟨U+202E⟩: for places that take no elements, such as a title. */
export function spelled(text: string): string {
  return spell(text)
    .map((piece) => ('text' in piece ? piece.text : `⟨${piece.code}⟩`))
    .join('');
}

function isOrdinary(characters: readonly string[], index: number): boolean {
  const character = characters[index] ?? '';
  const before = characters[index - 1] ?? '';
  if (character === '\t' || character === '\n') return true;
  if (character === '\r') return characters[index + 1] === '\n' || index === characters.length - 1;
  if (VARIATION.test(character)) return EMOJI.test(before) && !DIGIT.test(before);
  if (character !== JOINER) return false;
  const base = VARIATION.test(before) ? (characters[index - 2] ?? '') : before;
  return EMOJI.test(base) && EMOJI.test(characters[index + 1] ?? '');
}

function kindOf(character: string): HiddenKind {
  if (BIDI.test(character)) return 'bidi';
  if (ZERO_WIDTH.test(character)) return 'zero_width';
  return CONTROL.test(character) ? 'control' : 'invisible';
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(HEX).toUpperCase().padStart(CODE_DIGITS, '0')}`;
}

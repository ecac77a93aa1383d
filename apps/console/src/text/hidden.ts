/** A part of a text: characters that are shown as they are, or the code point of one that would not be seen or be taken for another. */
export type Piece =
  | { readonly text: string }
  | { readonly code: string; readonly kind: HiddenKind }
  | { readonly letter: string; readonly code: string; readonly kind: 'mixed' };
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
/** A word, as in an identifier. The letter of an escape such as \\n is not a part of it. */
const WORD = /\\u[0-9a-f]{4}|\\.|([\p{L}\p{M}\p{N}_]+)/giu;
const LATIN = /\p{Script=Latin}/u;
/** Letters of other scripts that are drawn like Latin ones. Of Greek only these: formulas mix the others with Latin. */
const FOREIGN =
  /[\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Cherokee}\u0391\u0392\u0395-\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7\u03f2\u03f3]/u;
const HEX = 16;
const CODE_DIGITS = 4;

/** Splits a text at its hidden characters and at letters that mix scripts. Tabs, line ends and the joiners of emoji are ordinary. */
export function spell(text: string): Piece[] {
  const mixed = mixedAt(text);
  if (mixed.size === 0 && !HIDDEN.test(text)) return text === '' ? [] : [{ text }];
  const pieces: Piece[] = [];
  let plain = '';
  let at = 0;
  const characters = Array.from(text);
  for (const [index, character] of characters.entries()) {
    const isMixed = mixed.has(at);
    at += character.length;
    if (!isMixed && (!HIDDEN.test(character) || isOrdinary(characters, index))) {
      plain += character;
      continue;
    }
    if (plain !== '') pieces.push({ text: plain });
    plain = '';
    const code = codeOf(character);
    pieces.push(isMixed ? { letter: character, code, kind: 'mixed' } : { code, kind: kindOf(character) });
  }
  if (plain !== '') pieces.push({ text: plain });
  return pieces;
}

/** The parts of one text, each in pieces: what a character is may depend on the part beside it. */
export function spellParts(parts: readonly string[]): Piece[][] {
  const pieces = spell(parts.join(''));
  return parts.map((part) => {
    const own: Piece[] = [];
    for (let left = part.length; left > 0;) {
      const piece = pieces.shift();
      if (!piece) break;
      const length = lengthOf(piece);
      if ('text' in piece && length > left) {
        own.push({ text: piece.text.slice(0, left) });
        pieces.unshift({ text: piece.text.slice(left) });
      } else own.push(piece);
      left -= length;
    }
    return own;
  });
}

/** The text with each hidden character written as ⟨U+202E⟩: for places that take no elements, such as a title. */
export function spelled(text: string): string {
  return spell(text)
    .map((piece) => ('text' in piece ? piece.text : `${letterOf(piece)}⟨${piece.code}⟩`))
    .join('');
}

/** What is drawn before the code point of a character: the letter of a mix of scripts, nothing for a hidden character. */
export function letterOf(piece: Exclude<Piece, { readonly text: string }>): string {
  return 'letter' in piece ? piece.letter : '';
}

/** Offsets of letters whose script is the rarer one in a word that mixes Latin with letters that look like it. */
function mixedAt(text: string): ReadonlySet<number> {
  const found = new Set<number>();
  if (!FOREIGN.test(text)) return found;
  for (const { 1: word, index } of text.matchAll(WORD)) {
    if (word === undefined || !LATIN.test(word) || !FOREIGN.test(word)) continue;
    const letters = Array.from(word);
    const count = (script: RegExp) => letters.filter((letter) => script.test(letter)).length;
    const rarer = count(LATIN) < count(FOREIGN) ? LATIN : FOREIGN;
    let at = index;
    for (const letter of letters) {
      if (rarer.test(letter)) found.add(at);
      at += letter.length;
    }
  }
  return found;
}

function lengthOf(piece: Piece): number {
  if ('text' in piece) return piece.text.length;
  return String.fromCodePoint(Number.parseInt(piece.code.slice('U+'.length), HEX)).length;
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

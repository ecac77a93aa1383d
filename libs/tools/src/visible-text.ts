/**
 * What a reader does not see, or sees elsewhere than it stands: controls, bidi and other format characters, zero-width ones,
 * separators, private use, spaces that are not U+0020. The bracket is listed so that nobody can write a mark by hand.
 */
const DECEPTIVE = /(?![\n\t ])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\p{Default_Ignorable_Code_Point}⟨]/gu;
const HEX = 16;
const HEX_DIGITS_MIN = 4;

/** A text as a reviewer reads it: each deceptive character is replaced by its number, like ⟨U+202E⟩; line breaks and tabs stay. */
export function visibleText(text: string): string {
  return text.replace(DECEPTIVE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(HEX).toUpperCase().padStart(HEX_DIGITS_MIN, '0')}⟩`;
  });
}

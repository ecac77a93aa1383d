/**
 * Characters that are invisible or change the reading order: controls, bidi and other format characters, zero-width characters,
 * separators, private use, and spaces other than U+0020. The bracket is included so that nobody can forge a mark.
 */
const DECEPTIVE = /(?![\n\t ])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\p{Default_Ignorable_Code_Point}⟨]/gu;
const HEX = 16;
const HEX_DIGITS_MIN = 4;

/** The text for a reviewer: each deceptive character is replaced by its code point, like ⟨U+202E⟩. Line breaks and tabs stay. */
export function visibleText(text: string): string {
  return text.replace(DECEPTIVE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(HEX).toUpperCase().padStart(HEX_DIGITS_MIN, '0')}⟩`;
  });
}

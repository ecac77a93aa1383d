/**
 * Characters that a terminal interprets, or that invisibly change the displayed text: controls, bidi marks, zero width.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** Makes external text safe to print: invisible characters are escaped. Tabs stay. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === '\t') return character;
    const code = character.codePointAt(0) ?? 0;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

/** The same in one line, cut to the given number of characters. */
export function oneLine(text: string, maxChars: number): string {
  const line = printable(text.replace(/\s+/gu, ' ').trim());
  return line.length <= maxChars ? line : `${line.slice(0, Math.max(0, maxChars - 1)).trimEnd()}…`;
}

const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const HEX = 16;

/** Replaces invisible characters with their code points. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (char) => `<U+${(char.codePointAt(0) ?? 0).toString(HEX).toUpperCase()}>`);
}

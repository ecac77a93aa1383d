/** Longest text of an assumption or an action in a drawing, in code points. */
export const LABEL_MAX_CHARS = 60;

/** A line of nothing makes some renderers of DOT fail. */
const BLANK = '(blank)';
const DECIMALS = 3;
/** What would reorder, hide or break text: controls, format and bidirectional marks, line ends, private use, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/** Text of anybody as one visible line: no controls, space collapsed, cut with an ellipsis; never empty. */
export function toLabel(text: string, maxChars = LABEL_MAX_CHARS): string {
  const line = text
    .normalize('NFC')
    .replace(/[\t\n\v\f\r\u2028\u2029]+/g, ' ')
    .replace(UNSEEN, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (line === '') return BLANK;
  const chars = Array.from(line);
  if (chars.length <= maxChars) return line;
  const kept = chars.slice(0, maxChars - 1).join('');
  return `${kept.trimEnd()}…`;
}

/** A number as drawings show it: at most three decimals, none that are zeros. */
export function toFigure(value: number): string {
  return String(Number(value.toFixed(DECIMALS)) + 0);
}

/** Maximum code points of an assumption or an action in a drawing. */
export const LABEL_MAX_CHARS = 60;

/** Replaces an empty line, on which some renderers of DOT fail. */
const BLANK = '(blank)';
const DECIMALS = 3;
/** Characters that reorder, hide or break text: controls, format and bidi marks, line ends, private use, lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/** Untrusted text as one visible line: no controls, white space collapsed, cut with an ellipsis; never empty. */
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

/** A number for drawings, with at most three decimals and no trailing zeros. */
export function toFigure(value: number): string {
  return String(Number(value.toFixed(DECIMALS)) + 0);
}

/** A probability for drawings, in percent with at most one decimal. What is no certainty is not shown as one. */
export function toPercent(p: number): string {
  const percent = Number((p * 100).toFixed(1));
  if (percent === 0 && p > 0) return 'under 0.1%';
  if (percent === 100 && p < 1) return 'over 99.9%';
  return `${percent}%`;
}

/** Maximum characters of a line quoted in a message. */
export const QUOTED_CHARS = 120;
/** Characters shown before the first difference of a line. */
const LEAD_CHARS = 40;
const HEX = 16;
const HEX_DIGITS = 4;

/** Quotes a line around its first difference from another line, with invisible characters spelled out. */
export function quotedLine(line: string, other: string): string {
  let same = 0;
  while (same < line.length && line[same] === other[same]) same += 1;
  const from = line.length > QUOTED_CHARS ? Math.max(0, Math.min(same - LEAD_CHARS, line.length - QUOTED_CHARS)) : 0;
  const to = from + QUOTED_CHARS;
  const spelled = JSON.stringify(line.slice(from, to)).replaceAll(
    /(?! )[\p{M}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (character) => Array.from({ length: character.length }, (_, unit) => escaped(character.charCodeAt(unit))).join(''),
  );
  return `${from > 0 ? '...' : ''}${spelled}${to < line.length ? '...' : ''}`;
}

function escaped(unit: number): string {
  return `\\u${unit.toString(HEX).padStart(HEX_DIGITS, '0')}`;
}

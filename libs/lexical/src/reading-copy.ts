/** Code between fences. Text after an unclosed fence counts as code. */
const FENCED = /^[ \t]*(```|~~~)[^\n]*\n[\s\S]*?(?:^[ \t]*\1[ \t]*$|$(?![\s\S]))/gmu;
/** Lines that are not the writer's sentences: quoted lines, interpreter input, table rows. */
const FOREIGN_LINE = /^[ \t]*[>|].*$/gmu;
/** Inline code and quotations. Their length is limited, because a single mark has no partner. */
const QUOTATION =
  /`[^`\n]{1,300}`|"[^"\n]{1,400}"|“[^”\n]{1,400}”|«[^»\n]{1,400}»|(?<=^|[\s(:=])'[^'\n]{2,200}'(?=$|[\s.,;:!?)])/gmu;

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/**
 * The reading copy with letters in place of code and quotations, so that their words do not count as the writer's. The mark
 * that ends a quoted sentence stays, because it also ends the writer's sentence. Every character keeps its offset.
 */
export function withoutQuotations(copy: string): string {
  return copy.replace(QUOTATION, (quotation) => {
    const [open, end, close] = [quotation.slice(0, 1), quotation.at(-2) ?? '', quotation.slice(-1)];
    return `${open}${'x'.repeat(quotation.length - 3)}${/[.!?]/.test(end) ? end : 'x'}${close}`;
  });
}

/**
 * A copy for reading in which hard-wrapped lines are joined and list bullets are blanked. Every character keeps its
 * offset: characters are replaced one for one, never removed.
 */
export function readingCopy(text: string): string {
  return (
    text
      .replace(FENCED, blank)
      .replace(FOREIGN_LINE, blank)
      .replace(/[\u2018\u2019]/g, "'")
      .replace(/^([ \t]*)([-*•]|\d{1,2}[.)])(?=[ \t])/gm, (_, indent: string, bullet: string) =>
        `${indent}${' '.repeat(bullet.length)}`.replace(/ $/, '\n'),
      )
      // The tokenizer reads the unit in "30 ms. It" as a title, as in "Ms. Smith", and does not end the sentence.
      .replace(/(?<=\d\s?(?:ms|s|min|h|[kMGT]i?B))\.(?=\s+\p{Lu})/gu, '!')
      .replace(/(?<=[^\s.!?:])[ \t]*\n(?=[ \t]*[^\s\n])/g, (gap) => ' '.repeat(gap.length))
  );
}

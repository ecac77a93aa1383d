/** Code between fences, closed or not; what follows an open one is code as well. */
const FENCED = /^[ \t]*(```|~~~)[^\n]*\n[\s\S]*?(?:^[ \t]*\1[ \t]*$|$(?![\s\S]))/gmu;
/** No sentences of the writer's: a quoted line, a line typed into an interpreter, a row of a table. */
const FOREIGN_LINE = /^[ \t]*[>|].*$/gmu;
/** Code in a line, and quotations; at most so long, for a lone mark pairs with nothing. */
const QUOTATION =
  /`[^`\n]{1,300}`|"[^"\n]{1,400}"|“[^”\n]{1,400}”|«[^»\n]{1,400}»|(?<=^|[\s(:=])'[^'\n]{2,200}'(?=$|[\s.,;:!?)])/gmu;

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/**
 * The reading copy with letters in place of code and quotations, so that no word of theirs is taken for the writer's. The
 * mark that ends a quoted sentence stays, for it ends the writer's too. Every character keeps its offset.
 */
export function withoutQuotations(copy: string): string {
  return copy.replace(QUOTATION, (quotation) => {
    const [open, end, close] = [quotation.slice(0, 1), quotation.at(-2) ?? '', quotation.slice(-1)];
    return `${open}${'x'.repeat(quotation.length - 3)}${/[.!?]/.test(end) ? end : 'x'}${close}`;
  });
}

/**
 * A copy for reading in which a hard-wrapped line runs on and list bullets are gone. Every character keeps its
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
      // The tokenizer takes the unit in "30 ms. It" for a title, as in "Ms. Smith", and does not end the sentence.
      .replace(/(?<=\d\s?(?:ms|s|min|h|[kMGT]i?B))\.(?=\s+\p{Lu})/gu, '!')
      .replace(/(?<=[^\s.!?:])[ \t]*\n(?=[ \t]*[^\s\n])/g, (gap) => ' '.repeat(gap.length))
  );
}

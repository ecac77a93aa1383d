/** One string of the caller's reasoning. Spans of assumptions are offsets into `text`, which is never changed. */
export interface TracePart {
  /** `t1`, `t2`, ... in the order they were given. */
  readonly traceId: string;
  readonly text: string;
}

/** Trace text in the one shape the composer reads; parts without a word are left out, the others keep their number. */
export function traceParts(trace: string | readonly string[] | undefined): TracePart[] {
  const texts = trace === undefined ? [] : typeof trace === 'string' ? [trace] : trace;
  return texts.map((text, index) => ({ traceId: `t${index + 1}`, text })).filter(({ text }) => text.trim().length > 0);
}

/**
 * A copy for reading in which a hard-wrapped line runs on and list bullets are gone. Every character keeps its
 * offset: characters are replaced one for one, never removed.
 */
export function readingCopy(text: string): string {
  return (
    text
      .replace(/[\u2018\u2019]/g, "'")
      .replace(/^([ \t]*)([-*•]|\d{1,2}[.)])(?=[ \t])/gm, (_, indent: string, bullet: string) =>
        `${indent}${' '.repeat(bullet.length)}`.replace(/ $/, '\n'),
      )
      // The tokenizer takes the unit in "30 ms. It" for a title, as in "Ms. Smith", and does not end the sentence.
      .replace(/(?<=\d\s?(?:ms|s|min|h|[kMGT]i?B))\.(?=\s+\p{Lu})/gu, '!')
      .replace(/(?<=[^\s.!?:])[ \t]*\n(?=[ \t]*[^\s\n])/g, (gap) => ' '.repeat(gap.length))
  );
}

/** One part of the caller's reasoning. Spans of assumptions are offsets into `text`, which never changes. */
export interface TracePart {
  /** `t1`, `t2`, ... in the given order. */
  readonly traceId: string;
  readonly text: string;
}

/** The trace text as parts for the composer. Omits parts without words; the others keep their number. */
export function traceParts(trace: string | readonly string[] | undefined): TracePart[] {
  const texts = trace === undefined ? [] : typeof trace === 'string' ? [trace] : trace;
  return texts.map((text, index) => ({ traceId: `t${index + 1}`, text })).filter(({ text }) => text.trim().length > 0);
}

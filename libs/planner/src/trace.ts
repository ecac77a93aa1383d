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

/** `traceparent` of W3C Trace Context: version, trace id, span id, flags. Later versions may append more. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Maximum length of a header that is parsed. */
const MAX_CHARS = 256;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** The parts of a trace context. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** Parses a `traceparent`; null when it is missing or invalid by the standard. */
export function parseTraceparent(header: unknown): TraceContext | null {
  if (typeof header !== 'string' || header.length > MAX_CHARS) return null;
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(header.trim()) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Formats it as version 00, in which only the flag `sampled` has a meaning. */
export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-0${flags & 1}`;
}

/** A header in a form that can be stored and passed on; null if it is invalid. */
export function readTraceparent(header: unknown): string | null {
  const context = parseTraceparent(header);
  return context && formatTraceparent(context);
}

/** For log lines: `{ traceId }`, or `{}` without a trace. */
export function traceIdOf(traceparent: string | null | undefined): { traceId?: string } {
  const traceId = parseTraceparent(traceparent)?.traceId;
  return traceId === undefined ? {} : { traceId };
}

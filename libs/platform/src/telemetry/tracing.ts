import type { OpenSpan, SpanOptions, Tracer } from './span';

/**
 * The one process-wide dependency (docs/adr, "Tracing is process-wide"): measured code should not have to be handed a
 * tracer that is nearly always missing.
 */
let tracer: Tracer | null = null;

/** null: nothing is traced from now on. @returns the tracer until now */
export function replaceTracer(next: Tracer | null): Tracer | null {
  const earlier = tracer;
  tracer = next;
  return earlier;
}

export function isTracing(): boolean {
  return tracer !== null;
}

/** traceparent of the active span; null when this process does not trace, or nothing is being traced. */
export function activeTraceparent(): string | null {
  return tracer?.active() ?? null;
}

/** For a span whose begin and end are far apart; null when this process does not trace. */
export function startSpan(name: string, options: SpanOptions = {}): OpenSpan | null {
  return tracer?.start(name, options) ?? null;
}

/** Work as a span. Without tracing it is nothing but the work. */
export function traced<T>(name: string, options: SpanOptions, work: (span: OpenSpan | null) => Promise<T>): Promise<T> {
  return tracer === null ? work(null) : inSpan(tracer.start(name, options), work);
}

/** As `traced`, but only within an existing span: polls and heartbeats start no trace. */
export function tracedWithin<T>(
  name: string,
  options: SpanOptions,
  work: (span: OpenSpan | null) => Promise<T>,
): Promise<T> {
  return activeTraceparent() === null ? work(null) : traced(name, options, work);
}

async function inSpan<T>(span: OpenSpan, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  try {
    const result = await span.within(() => work(span));
    span.end();
    return result;
  } catch (thrown) {
    span.end(thrown ?? 'failed');
    throw thrown;
  }
}

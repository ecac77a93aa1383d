import type { Config } from '../config/config';
import type { Log } from './log';
import type { OpenSpan, SpanOptions, Tracer } from './span';

/**
 * The one process-wide dependency (docs/adr, "Tracing is process-wide"): traced code does not take a tracer that is
 * usually absent.
 */
let tracer: Tracer | null = null;

/**
 * null: tracing is off from now on.
 * @returns the previous tracer
 */
export function replaceTracer(next: Tracer | null): Tracer | null {
  const earlier = tracer;
  tracer = next;
  return earlier;
}

export function isTracing(): boolean {
  return tracer !== null;
}

/** traceparent of the active span; null without tracing or without an active span. */
export function activeTraceparent(): string | null {
  return tracer?.active() ?? null;
}

/** For a span whose start and end are far apart; null without tracing. */
export function startSpan(name: string, options: SpanOptions = {}): OpenSpan | null {
  return tracer?.start(name, options) ?? null;
}

/** Runs work as a span. Without tracing it only runs the work. */
export function traced<T>(name: string, options: SpanOptions, work: (span: OpenSpan | null) => Promise<T>): Promise<T> {
  return tracer === null ? work(null) : inSpan(tracer.start(name, options), work);
}

/** Like `traced`, but only within an existing span: polls and heartbeats start no trace. */
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

/** Loads the code of OpenTelemetry only if spans have a destination. */
export async function startTracing(config: Config, log: Log): Promise<void> {
  if (config.env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return;
  const { createTracer } = await import('./otel.tracer.js');
  replaceTracer(createTracer(config, log));
}

/** Sends the remaining spans. */
export async function stopTracing(): Promise<void> {
  await replaceTracer(null)?.stop();
}

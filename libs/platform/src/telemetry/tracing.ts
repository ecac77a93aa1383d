import type { Config } from '../config/config';
import type { Log } from './log';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** traceparent of the span above this one; null: a trace of its own; left out: the span that is active. */
  readonly parent?: string | null;
  /** traceparent of a span of another trace that led to this one. */
  readonly link?: string | null;
}

/** A span that has begun. */
export interface OpenSpan {
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** Runs `work` with this span as the active one, across awaits. */
  within<T>(work: () => T): T;
  /** MUST be called once. With a failure the span is marked as one; nothing of it but its kind is recorded. */
  end(failure?: unknown): void;
}

/** Makes spans. There is one in a process that traces, and none in any other. */
export interface Tracer {
  start(name: string, options: SpanOptions): OpenSpan;
  /** traceparent of the active span. */
  active(): string | null;
  /** Sends what is left. MUST NOT reject. */
  stop(): Promise<void>;
}

/**
 * The one thing that is known process-wide (docs/adr, "Tracing is process-wide"): whoever has something to measure should
 * not have to be handed a tracer that is nearly always missing.
 */
let tracer: Tracer | null = null;

/** Loads the code of OpenTelemetry only when there is somewhere to send spans to. */
export async function startTracing(config: Config, log: Log): Promise<void> {
  if (config.env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return;
  const { createTracer } = await import('./otel.tracer.js');
  tracer = createTracer(config, log);
}

export async function stopTracing(): Promise<void> {
  const stopping = tracer;
  tracer = null;
  await stopping?.stop();
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

/** As `traced`, for what is only worth telling as a part of something: polls and heartbeats are not. */
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

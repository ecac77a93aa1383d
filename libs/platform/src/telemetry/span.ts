export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** traceparent of the parent span; null: a new trace; absent: the active span. */
  readonly parent?: string | null;
  /** traceparent of a span of another trace that caused this one. */
  readonly link?: string | null;
}

/** A started span. */
export interface OpenSpan {
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** Runs `work` with this span as the active one, across awaits. */
  within<T>(work: () => T): T;
  /** MUST be called once. A failure marks the span as failed; only its kind is recorded. */
  end(failure?: unknown): void;
}

/** Creates spans. Present only in a process with tracing. */
export interface Tracer {
  start(name: string, options: SpanOptions): OpenSpan;
  /** traceparent of the active span. */
  active(): string | null;
  /** Sends the remaining spans. MUST NOT reject. */
  stop(): Promise<void>;
}

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

import {
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind as OtelKind,
  SpanStatusCode,
  context,
  diag,
  isSpanContextValid,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { AssentError } from '@assent/contract';
import type { Config } from '../config/config';
import type { Log } from './log';
import type { OpenSpan, SpanAttributes, SpanKind, SpanOptions, Tracer } from './span';
import { formatTraceparent, parseTraceparent } from './traceparent';

/** An unavailable collector must delay neither later spans nor the end of the server. */
const EXPORT_TIMEOUT_MS = 3_000;
const EXPORT_EVERY_MS = 1_000;
/** About 20 MB of spans; more are dropped while the collector is unavailable. */
const MAX_QUEUED_SPANS = 16_384;

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
};

/** The tracer that sends spans over OTLP/HTTP. Its dependencies are loaded with this file only. */
export function createTracer({ env, replicaId }: Config, log: Log): Tracer {
  forwardDiagnostics(log);
  const exporter = new OTLPTraceExporter({
    url: `${(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '').replace(/\/+$/, '')}/v1/traces`,
    headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': env.OTEL_SERVICE_NAME, 'service.instance.id': replicaId }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(env.OTEL_TRACES_SAMPLER_ARG) }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        maxQueueSize: MAX_QUEUED_SPANS,
      }),
    ],
  });
  provider.register();
  const spans = provider.getTracer('assent');
  return {
    start: (name, options) => {
      const above = contextAbove(options);
      const { kind = 'internal', attributes } = options;
      const links = linksOf(options, trace.getSpanContext(above));
      return openSpan(
        spans.startSpan(name, { kind: KINDS[kind], links, ...(attributes && { attributes }) }, above),
        above,
      );
    },
    active: () => traceparentOf(trace.getSpanContext(context.active())),
    stop: () =>
      provider.shutdown().catch((error: unknown) => {
        log.warn({ err: error }, 'could not send the last spans');
      }),
  };
}

function openSpan(span: Span, above: Context): OpenSpan {
  const inside = trace.setSpan(above, span);
  return {
    traceparent: traceparentOf(span.spanContext()) ?? '',
    set: (attributes: SpanAttributes) => void span.setAttributes(attributes),
    within: (work) => context.with(inside, work),
    end: (failure) => {
      if (failure !== undefined) {
        // A message may hold text of a caller or a tool: only the kind of the error leaves the process.
        span.setAttribute('error.type', kindOf(failure));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

function contextAbove({ parent }: SpanOptions): Context {
  if (parent === undefined) return context.active();
  const remote = spanContextOf(parent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

/** A parent within the same trace needs no link. */
function linksOf({ link }: SpanOptions, above: SpanContext | undefined): Link[] {
  const linked = spanContextOf(link ?? null);
  return linked && linked.traceId !== above?.traceId ? [{ context: linked }] : [];
}

function spanContextOf(traceparent: string | null): SpanContext | null {
  const parsed = parseTraceparent(traceparent);
  return parsed && { traceId: parsed.traceId, spanId: parsed.spanId, traceFlags: parsed.flags, isRemote: true };
}

function traceparentOf(spanContext: SpanContext | undefined): string | null {
  if (!spanContext || !isSpanContextValid(spanContext)) return null;
  return formatTraceparent({ ...spanContext, flags: spanContext.traceFlags });
}

function kindOf(failure: unknown): string {
  if (failure instanceof AssentError) return failure.reason;
  return failure instanceof Error ? failure.name : 'error';
}

/** `name=value,name=value`, the OpenTelemetry header format. */
function headersOf(list: string | undefined): Record<string, string> {
  const pairs = (list ?? '').split(',').flatMap((item) => {
    const [name = '', ...rest] = item.split('=');
    return name.trim() === '' ? [] : [[name.trim(), decodeURIComponent(rest.join('=').trim())] as const];
  });
  return Object.fromEntries(pairs);
}

/** OpenTelemetry's own errors, which are silent by default. */
function forwardDiagnostics(log: Log): void {
  const logAs =
    (level: 'warn' | 'debug') =>
    (message: string): void => {
      log[level]({ opentelemetry: message.slice(0, 500) }, 'tracing');
    };
  diag.setLogger(
    { error: logAs('warn'), warn: logAs('warn'), info: logAs('debug'), debug: logAs('debug'), verbose: logAs('debug') },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

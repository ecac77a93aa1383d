import { Receiver } from './receiver';

export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Trace ids of the spans it is linked to. */
  readonly links: readonly string[];
  readonly failed: boolean;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly links?: readonly { readonly traceId: string }[];
  readonly status?: { readonly code?: number };
}

interface OtlpBody {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

/** An OTLP collector (HTTP, JSON) on loopback that remembers every span. */
export class Collector {
  private constructor(private readonly receiver: Receiver) {}

  static async open(): Promise<Collector> {
    return new Collector(await Receiver.open());
  }

  get endpoint(): string {
    return this.receiver.origin;
  }

  get headers(): readonly Readonly<Record<string, unknown>>[] {
    return this.receiver.requests.map(({ headers }) => headers);
  }

  get spans(): SeenSpan[] {
    return this.receiver.requests
      .filter(({ path }) => path === '/v1/traces')
      .flatMap(({ body }) => (JSON.parse(body) as OtlpBody).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
      .map(({ traceId, spanId, parentSpanId = '', name, attributes = [], links = [], status }) => ({
        traceId,
        spanId,
        parentSpanId,
        name,
        attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
        links: links.map((link) => link.traceId),
        failed: status?.code === 2,
      }));
  }

  /** The text of everything that was sent. */
  get text(): string {
    return this.receiver.requests.map(({ body }) => body).join('\n');
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}

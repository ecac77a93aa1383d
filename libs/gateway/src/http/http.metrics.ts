import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { FastifyInstance } from 'fastify';
import type { Counter, Histogram } from 'prom-client';
import { PROBES } from './http.edge';

const REQUESTS = 'assent_http_requests_total';
const SECONDS = 'assent_http_request_seconds';

/** Routes without HTTP metrics: /rpc has its own metrics by method, and probes are excluded. */
const NOT_COUNTED: ReadonlySet<string> = new Set(['/rpc', ...PROBES]);
/** Streams and held requests last as long as their client waits, so their duration is not a measure of the server. */
const STREAMS: ReadonlySet<string> = new Set([
  '/runs/:id/frames',
  '/approvals/events',
  '/hooks/claude-code',
  '/hooks/codex',
  '/hooks/generic',
  '/mcp',
  '/mcp/gateway',
  '/ag-ui',
  '/ag-ui/runs/:id/events',
]);

/** Metrics of the REST routes. The label is the declared route, never the request path. */
@Injectable()
export class HttpMetrics {
  constructor(
    @InjectMetric(REQUESTS) private readonly requests: Counter<'method' | 'route' | 'status'>,
    @InjectMetric(SECONDS) private readonly seconds: Histogram<'method' | 'route'>,
  ) {}

  /** MUST be called before the routes are registered. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', (route) => {
      if (NOT_COUNTED.has(route.url) || route.url.startsWith('/docs')) return;
      const earlier = route.onResponse ?? [];
      route.onResponse = [
        ...(Array.isArray(earlier) ? earlier : [earlier]),
        (request, reply, done) => {
          const labels = { method: request.method, route: route.url };
          this.requests.inc({ ...labels, status: String(reply.statusCode) });
          if (!STREAMS.has(route.url)) this.seconds.observe(labels, reply.elapsedTime / 1_000);
          done();
        },
      ];
    });
  }
}

export const HTTP_METRIC_PROVIDERS = [
  makeCounterProvider({
    name: REQUESTS,
    help: 'Requests of REST routes, by status',
    labelNames: ['method', 'route', 'status'],
  }),
  makeHistogramProvider({
    name: SECONDS,
    help: 'Duration of a request to a REST route in seconds, without streams and held requests',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
  }),
];

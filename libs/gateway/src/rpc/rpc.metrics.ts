import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

const CALLS = 'assent_rpc_requests_total';
const SECONDS = 'assent_rpc_request_seconds';

interface Series {
  readonly calls: ReturnType<Counter['labels']>;
  readonly seconds: ReturnType<Histogram['labels']>;
}

/** Metrics of POST /rpc. Label sets are resolved once, because looking them up costs more than counting. */
@Injectable()
export class RpcMetrics {
  private readonly series = new Map<string, Series>();

  constructor(
    @InjectMetric(CALLS) private readonly calls: Counter<'method' | 'code'>,
    @InjectMetric(SECONDS) private readonly seconds: Histogram<'method'>,
  ) {}

  /** @param code JSON-RPC error code; 0 for a result */
  answered(method: string, code: number, ms: number): void {
    const key = `${method} ${code}`;
    let series = this.series.get(key);
    if (!series) {
      series = { calls: this.calls.labels({ method, code: String(code) }), seconds: this.seconds.labels({ method }) };
      this.series.set(key, series);
    }
    series.calls.inc();
    series.seconds.observe(ms / 1_000);
  }
}

export const RPC_METRIC_PROVIDERS = [
  makeCounterProvider({
    name: CALLS,
    help: 'JSON-RPC calls answered, by method and error code (0: a result)',
    labelNames: ['method', 'code'],
  }),
  makeHistogramProvider({
    name: SECONDS,
    help: 'Seconds from a parsed call to its response',
    labelNames: ['method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
  }),
];

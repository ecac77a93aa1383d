import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

const CALLS = 'assent_gateway_calls_total';
const OPEN = 'assent_gateway_open_calls';
const HOLD = 'assent_gateway_hold_seconds';
const REPLAYED = 'assent_gateway_replayed_results_total';
const ATTACHED = 'assent_gateway_attached_calls_total';

/** Metrics of the MCP gateway. */
@Injectable()
export class GatewayMetrics {
  constructor(
    @InjectMetric(CALLS) readonly calls: Counter<'server' | 'outcome'>,
    @InjectMetric(OPEN) readonly open: Gauge,
    @InjectMetric(HOLD) readonly hold: Histogram,
    @InjectMetric(REPLAYED) readonly replayed: Counter,
    @InjectMetric(ATTACHED) readonly attached: Counter,
  ) {}
}

export const GATEWAY_METRIC_PROVIDERS = [
  makeCounterProvider({
    name: CALLS,
    help: 'Answers to calls through the MCP gateway, by server and outcome; `pending`: a handle',
    labelNames: ['server', 'outcome'],
  }),
  makeGaugeProvider({ name: OPEN, help: 'Calls through the MCP gateway that this replica holds open' }),
  makeHistogramProvider({
    name: HOLD,
    help: 'Seconds that a call through the MCP gateway was held',
    buckets: [0.1, 0.5, 1, 5, 15, 50, 280, 600, 1_800],
  }),
  makeCounterProvider({ name: REPLAYED, help: 'Results of the MCP gateway that were written to a later call' }),
  makeCounterProvider({ name: ATTACHED, help: 'Calls through the MCP gateway that joined an equal open call' }),
];

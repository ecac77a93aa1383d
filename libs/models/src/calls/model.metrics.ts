import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import type { ModelPurpose } from '../providers/model.port';
import type { CallEnd } from './model-ledger.repository';

const CALLS = 'assent_model_calls_total';
const TOKENS = 'assent_model_tokens_total';
const CACHED = 'assent_model_cached_tokens_total';
const COST = 'assent_model_cost_usd_total';
const SECONDS = 'assent_model_call_seconds';

const MS_PER_SECOND = 1_000;

/** Metrics of model calls. */
@Injectable()
export class ModelMetrics {
  constructor(
    @InjectMetric(CALLS) private readonly calls: Counter<'purpose' | 'outcome'>,
    @InjectMetric(TOKENS) private readonly tokens: Counter<'direction'>,
    @InjectMetric(CACHED) private readonly cached: Counter,
    @InjectMetric(COST) private readonly cost: Counter,
    @InjectMetric(SECONDS) private readonly seconds: Histogram<'purpose'>,
  ) {}

  /** @param outcome without the suffix `+estimated` */
  called(purpose: ModelPurpose, call: Omit<CallEnd, 'outcome'>, outcome: string): void {
    const { inputTokens, outputTokens, cachedTokens, costUsd, durationMs } = call;
    this.calls.inc({ purpose, outcome });
    this.tokens.inc({ direction: 'input' }, inputTokens);
    this.tokens.inc({ direction: 'output' }, outputTokens);
    this.cached.inc(cachedTokens);
    this.cost.inc(costUsd);
    this.seconds.observe({ purpose }, durationMs / MS_PER_SECOND);
  }
}

export const MODEL_METRIC_PROVIDERS = [
  makeCounterProvider({ name: CALLS, help: 'Model calls, by outcome', labelNames: ['purpose', 'outcome'] }),
  makeCounterProvider({
    name: TOKENS,
    help: 'Tokens used by model calls, reported or estimated',
    labelNames: ['direction'],
  }),
  makeCounterProvider({ name: CACHED, help: "Input tokens of model calls that came from the provider's cache" }),
  makeCounterProvider({ name: COST, help: 'Cost of model calls in US dollars, at the configured prices' }),
  makeHistogramProvider({
    name: SECONDS,
    help: 'Duration of a model call in seconds, retries included',
    labelNames: ['purpose'],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  }),
];

import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

const RECALL_SECONDS = 'assent_memory_recall_seconds';
const RECALLS = 'assent_memory_recalls_total';
const PLANS = 'assent_memory_plans_total';
const RUNS = 'assent_memory_runs_total';
const GAIN = 'assent_memory_gain';
const EXPIRED_RUNS = 'assent_expired_runs_total';

const MS_PER_SECOND = 1_000;

export type RecallEnd = 'recall' | 'control' | 'empty' | 'late' | 'failed';

/** Maximum number of tenants whose gain is kept, the most recent ones. */
const MAX_GAINS = 10_000;
/** Age at which a measurement is dropped: another replica then measures that tenant. */
const GAIN_MS = 24 * 60 * 60 * MS_PER_SECOND;

interface Gain {
  readonly lower: number;
  readonly mean: number;
  readonly upper: number;
}

/** Metrics of memory, over all tenants. */
@Injectable()
export class MemoryMetrics {
  private readonly gains = new Map<string, Gain & { readonly at: number }>();

  constructor(
    @InjectMetric(RECALL_SECONDS) private readonly seconds: Histogram,
    @InjectMetric(RECALLS) private readonly recalls: Counter<'result'>,
    @InjectMetric(PLANS) private readonly plans: Counter<'state'>,
    @InjectMetric(RUNS) private readonly runs: Counter<'state'>,
    @InjectMetric(GAIN) private readonly gain: Gauge<'bound'>,
    @InjectMetric(EXPIRED_RUNS) private readonly expiredRuns: Counter,
  ) {}

  recalled(result: RecallEnd, durationMs: number): void {
    this.recalls.inc({ result });
    this.seconds.observe(durationMs / MS_PER_SECOND);
  }

  plan(state: string): void {
    this.plans.inc({ state });
  }

  expired(runs: number): void {
    this.expiredRuns.inc(runs);
  }

  run(state: string): void {
    this.runs.inc({ state });
  }

  /**
   * One measurement of a tenant. The metrics have no tenant label, so there are always three: those of the worst
   * tenant.
   */
  measured(tenantId: string, gain: Gain, at = Date.now()): void {
    this.gains.delete(tenantId);
    this.gains.set(tenantId, { ...gain, at });
    for (const [known, { at: then }] of this.gains) {
      if (at - then > GAIN_MS || this.gains.size > MAX_GAINS) this.gains.delete(known);
    }
    const worst = [...this.gains.values()].reduce((low, next) => (next.lower < low.lower ? next : low));
    for (const bound of ['lower', 'mean', 'upper'] as const) this.gain.set({ bound }, worst[bound]);
  }
}

export const MEMORY_METRIC_PROVIDERS = [
  makeHistogramProvider({
    name: RECALL_SECONDS,
    help: 'Duration of a recall; late ones are cut off',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  }),
  makeCounterProvider({ name: RECALLS, help: 'Recalls for plans, by outcome', labelNames: ['result'] }),
  makeCounterProvider({ name: PLANS, help: 'Memory plans, by outcome', labelNames: ['state'] }),
  makeCounterProvider({ name: RUNS, help: 'Runs of the optimization agent, by outcome', labelNames: ['state'] }),
  makeGaugeProvider({
    name: GAIN,
    help: 'Success rate of runs with recalled fragments minus that of the control runs, with its 95% interval: of the tenant with the lowest bound',
    labelNames: ['bound'],
  }),
  makeCounterProvider({ name: EXPIRED_RUNS, help: 'Ended runs deleted by RUN_RETENTION_DAYS' }),
];

import { Inject, Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import { Cached, LOG, SCRAPE_MAX_AGE_MS, onScrape, type Log } from '@assent/platform';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { DeliveryRepository, type DeliveryStats } from './delivery.repository';

const ATTEMPTS = 'assent_webhook_attempts_total';
const SECONDS = 'assent_webhook_attempt_seconds';
const PENDING = 'assent_webhook_pending_deliveries';
const OLDEST = 'assent_webhook_oldest_due_seconds';
const DEAD = 'assent_webhook_dead_deliveries';

const OUTCOMES = ['delivered', 'retry', 'dead'] as const;

/** Gauges computed from the tables on each scrape. */
@Injectable()
export class WebhookGauges {
  constructor(
    @InjectMetric(PENDING) readonly pending: Gauge,
    @InjectMetric(OLDEST) readonly oldest: Gauge,
    @InjectMetric(DEAD) readonly dead: Gauge,
  ) {}
}

/** Metrics of the webhooks. The gauges cover the whole installation, so every replica reports the same values. */
@Injectable()
export class WebhookMetrics {
  constructor(
    deliveries: DeliveryRepository,
    @InjectMetric(ATTEMPTS) private readonly attempts: Counter<'outcome'>,
    @InjectMetric(SECONDS) private readonly seconds: Histogram,
    gauges: WebhookGauges,
    @Inject(LOG) log: Log,
  ) {
    // A series that appears with its first attempt has no increase, so a rate would miss that attempt.
    for (const outcome of OUTCOMES) attempts.inc({ outcome }, 0);
    const stats = new Cached<DeliveryStats>(
      () => deliveries.stats(),
      SCRAPE_MAX_AGE_MS,
      (error) => {
        log.warn({ err: error }, 'could not read the webhook backlog; the gauges keep their last values');
      },
    );
    const show = (gauge: Gauge, value: (read: DeliveryStats) => number): void => {
      onScrape(gauge, async () => {
        const read = await stats.get();
        if (read) gauge.set(value(read));
      });
    };
    show(gauges.pending, ({ pending }) => pending);
    show(gauges.oldest, ({ oldestSeconds }) => oldestSeconds);
    show(gauges.dead, ({ dead }) => dead);
  }

  attempted(outcome: (typeof OUTCOMES)[number], durationMs: number): void {
    this.attempts.inc({ outcome });
    this.seconds.observe(durationMs / 1_000);
  }
}

export const WEBHOOK_METRIC_PROVIDERS = [
  WebhookGauges,
  makeCounterProvider({
    name: ATTEMPTS,
    help: 'Attempts of webhook deliveries by this replica: delivered, to be retried (retry), or given up (dead)',
    labelNames: ['outcome'],
  }),
  makeHistogramProvider({
    name: SECONDS,
    help: 'Duration of one attempt in seconds, until the response or the failure',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
  }),
  makeGaugeProvider({ name: PENDING, help: 'Webhook deliveries that are neither delivered nor given up' }),
  makeGaugeProvider({ name: OLDEST, help: 'Seconds by which the oldest due webhook delivery is late' }),
  makeGaugeProvider({ name: DEAD, help: 'Webhook deliveries that were given up and are still stored' }),
];

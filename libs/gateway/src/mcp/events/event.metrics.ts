import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';

const ATTEMPTS = 'assent_event_attempts_total';

type Outcome = 'delivered' | 'failed';

/**
 * Metrics of the subscriptions of MCP clients. Their receivers do not count towards an objective, because subscribers
 * renew or end subscriptions.
 */
@Injectable()
export class EventMetrics {
  constructor(@InjectMetric(ATTEMPTS) private readonly attempts: Counter<'outcome'>) {
    // A series that appears with its first attempt has no increase, so a rate would miss that attempt.
    for (const outcome of ['delivered', 'failed'] as const) attempts.inc({ outcome }, 0);
  }

  attempted(outcome: Outcome): void {
    this.attempts.inc({ outcome });
  }
}

export const EVENT_METRIC_PROVIDERS = [
  makeCounterProvider({
    name: ATTEMPTS,
    help: 'Attempts of this replica to deliver an event to the subscription of an MCP client: delivered or failed',
    labelNames: ['outcome'],
  }),
];

import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

const DECISIONS = 'assent_approval_decisions_total';
const WAIT_SECONDS = 'assent_approval_wait_seconds';

const ENDS = ['approve', 'reject', 'expire', 'void'] as const;

/** Series of the approvals. */
@Injectable()
export class ApprovalMetrics {
  constructor(
    @InjectMetric(DECISIONS) private readonly decisions: Counter<'decision'>,
    @InjectMetric(WAIT_SECONDS) private readonly waitSeconds: Histogram,
  ) {
    // A series that appears with its first decision has no increase, so a rate would miss that decision.
    for (const decision of ENDS) decisions.inc({ decision }, 0);
  }

  decided(decision: (typeof ENDS)[number], waitedSeconds: number): void {
    this.decisions.inc({ decision });
    this.waitSeconds.observe(waitedSeconds);
  }
}

export const APPROVAL_METRIC_PROVIDERS = [
  makeCounterProvider({
    name: DECISIONS,
    help: 'Approvals that ended by a decision, by expiry, or because an assumption behind them was refuted',
    labelNames: ['decision'],
  }),
  makeHistogramProvider({
    name: WAIT_SECONDS,
    help: 'Seconds from the request to the decision',
    buckets: [0.01, 0.1, 1, 10, 60, 600, 3_600, 14_400, 86_400],
  }),
];

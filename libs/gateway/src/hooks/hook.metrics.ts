import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

const ANSWERS = 'assent_permission_answers_total';
const HOLD_SECONDS = 'assent_permission_hold_seconds';

/** Series of the permission hooks. */
@Injectable()
export class HookMetrics {
  constructor(
    @InjectMetric(ANSWERS) private readonly answers: Counter<'hook' | 'decision' | 'state'>,
    @InjectMetric(HOLD_SECONDS) private readonly holdSeconds: Histogram<'hook'>,
  ) {}

  answered(hook: string, { decision, state }: { readonly decision: string; readonly state: string }): void {
    this.answers.inc({ hook, decision, state });
  }

  held(hook: string, seconds: number): void {
    this.holdSeconds.observe({ hook }, seconds);
  }
}

export const HOOK_METRIC_PROVIDERS = [
  makeCounterProvider({
    name: ANSWERS,
    help: 'Answers to questions of coding agents, by hook, decision and state of the question',
    labelNames: ['hook', 'decision', 'state'],
  }),
  makeHistogramProvider({
    name: HOLD_SECONDS,
    help: 'Seconds for which the question of a coding agent was held open',
    labelNames: ['hook'],
    buckets: [0.1, 1, 10, 60, 300, 600, 1_800, 3_600],
  }),
];

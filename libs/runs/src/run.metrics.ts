import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

const FRAMES = 'assent_frames_total';
const COMMIT_SECONDS = 'assent_run_commit_seconds';
const RECOVERY_SECONDS = 'assent_run_recovery_seconds';
const QUEUE_SECONDS = 'assent_run_queue_seconds';

/** Series of the run record and its frame log. */
@Injectable()
export class RunMetrics {
  constructor(
    @InjectMetric(FRAMES) readonly frames: Counter,
    @InjectMetric(COMMIT_SECONDS) readonly commitSeconds: Histogram,
    @InjectMetric(RECOVERY_SECONDS) readonly recoverySeconds: Histogram,
    @InjectMetric(QUEUE_SECONDS) readonly queueSeconds: Histogram,
  ) {}
}

export const RUN_METRIC_PROVIDERS = [
  makeCounterProvider({ name: FRAMES, help: 'Frames committed by this replica' }),
  makeHistogramProvider({
    name: COMMIT_SECONDS,
    help: 'Seconds one commit of a run took',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  }),
  makeHistogramProvider({
    name: RECOVERY_SECONDS,
    help: 'Seconds from the last heartbeat of the previous owner of a run until this replica took it over',
    // The objective is 30 s.
    buckets: [5, 10, 15, 20, 25, 30, 45, 60, 120, 600],
  }),
  makeHistogramProvider({
    name: QUEUE_SECONDS,
    help: 'Seconds a run waited in the queue until this replica claimed it',
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800],
  }),
];

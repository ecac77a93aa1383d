import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

const FRAMES = 'assent_frames_total';
const STREAMS = 'assent_streams';
const COMMIT_SECONDS = 'assent_run_commit_seconds';

/** Series of the run record and its frame log. */
@Injectable()
export class RunMetrics {
  constructor(
    @InjectMetric(FRAMES) readonly frames: Counter,
    @InjectMetric(STREAMS) readonly streams: Gauge,
    @InjectMetric(COMMIT_SECONDS) readonly commitSeconds: Histogram,
  ) {}
}

export const RUN_METRIC_PROVIDERS = [
  makeCounterProvider({ name: FRAMES, help: 'Frames committed by this replica' }),
  makeGaugeProvider({ name: STREAMS, help: 'Open SSE streams of this replica' }),
  makeHistogramProvider({
    name: COMMIT_SECONDS,
    help: 'Seconds one commit of a run took',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  }),
];

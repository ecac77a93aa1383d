import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

const OPEN = 'assent_streams';
const OPENED = 'assent_streams_opened_total';
const GAPS = 'assent_stream_gaps_total';
const CUT_OFF = 'assent_streams_cut_off_total';
const LAG_SECONDS = 'assent_stream_lag_seconds';

/** Series of the event streams. */
@Injectable()
export class StreamMetrics {
  constructor(
    @InjectMetric(OPEN) readonly open: Gauge,
    @InjectMetric(OPENED) readonly opened: Counter,
    @InjectMetric(GAPS) readonly gaps: Counter,
    @InjectMetric(CUT_OFF) readonly cutOff: Counter,
    @InjectMetric(LAG_SECONDS) readonly lagSeconds: Histogram,
  ) {}
}

export const STREAM_METRIC_PROVIDERS = [
  makeGaugeProvider({ name: OPEN, help: 'Open SSE streams and held requests of this replica' }),
  makeCounterProvider({ name: OPENED, help: 'SSE streams that were opened' }),
  makeCounterProvider({
    name: GAPS,
    help: 'Streams that had to announce frames which were deleted before they were read',
  }),
  makeCounterProvider({ name: CUT_OFF, help: 'Streams that were cut off because their client did not read' }),
  makeHistogramProvider({
    name: LAG_SECONDS,
    help: 'Seconds from the commit of a frame, on any replica, until this replica passed it on to its streams',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
  }),
];

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { onScrape } from '@assent/platform';
import { CalibrationSnapshot, type SourceScores } from './calibration.snapshot';

const BRIER = 'assent_planner_calibration_brier';
const LOG_LOSS = 'assent_planner_calibration_log_loss';
const SAMPLES = 'assent_planner_calibration_samples';
const RELIABILITY = 'assent_planner_reliability';

/** Calibration metrics over all tenants. A score without a value has no series. */
@Injectable()
export class CalibrationMetrics implements OnModuleInit {
  constructor(
    @InjectMetric(BRIER) private readonly brier: Gauge<'source'>,
    @InjectMetric(LOG_LOSS) private readonly logLoss: Gauge<'source'>,
    @InjectMetric(SAMPLES) private readonly samples: Gauge<'source'>,
    @InjectMetric(RELIABILITY) private readonly reliability: Gauge<'source' | 'bin' | 'kind'>,
    private readonly snapshot: CalibrationSnapshot,
  ) {}

  onModuleInit(): void {
    this.collect(this.brier, (gauge, { source, brier }) => {
      if (brier !== null) gauge.set({ source }, brier);
    });
    this.collect(this.logLoss, (gauge, { source, logLoss }) => {
      if (logLoss !== null) gauge.set({ source }, logLoss);
    });
    this.collect(this.samples, (gauge, { source, count }) => {
      gauge.set({ source }, count);
    });
    this.collect(this.reliability, (gauge, { source, bins }) => {
      for (const { from, to, meanP, rate } of bins) {
        const bin = `${from.toFixed(1)}-${to.toFixed(1)}`;
        if (meanP !== null) gauge.set({ source, bin, kind: 'mean_p' }, meanP);
        if (rate !== null) gauge.set({ source, bin, kind: 'rate' }, rate);
      }
    });
  }

  private collect<T extends string>(gauge: Gauge<T>, set: (gauge: Gauge<T>, scores: SourceScores) => void): void {
    onScrape(gauge, async () => {
      for (const scores of await this.snapshot.read()) set(gauge, scores);
    });
  }
}

export const CALIBRATION_METRIC_PROVIDERS = [
  makeGaugeProvider({
    name: BRIER,
    help: 'Brier score of the probabilities of a source: 0 is perfect, 0.25 is a coin',
    labelNames: ['source'],
  }),
  makeGaugeProvider({ name: LOG_LOSS, help: 'Log loss of a source in nats', labelNames: ['source'] }),
  makeGaugeProvider({
    name: SAMPLES,
    help: 'Assumptions of a source whose truth is known',
    labelNames: ['source'],
  }),
  makeGaugeProvider({
    name: RELIABILITY,
    help: 'Mean probability given (mean_p) and share that turned out true (rate), by bin of the probability',
    labelNames: ['source', 'bin', 'kind'],
  }),
];

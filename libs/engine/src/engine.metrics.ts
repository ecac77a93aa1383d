import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { isTerminal } from '@assent/contract';
import type { RunHead } from '@assent/runs';

const STARTED = 'assent_runs_started_total';
const ENDED = 'assent_runs_ended_total';
const PHASE_SECONDS = 'assent_run_phase_seconds';
const GIVEN_UP = 'assent_runs_given_up_total';
const PUT_OFF = 'assent_run_put_off_total';
const LOST = 'assent_runs_lost_total';

/** Metrics of the engine. */
@Injectable()
export class EngineMetrics {
  constructor(
    @InjectMetric(STARTED) readonly started: Counter,
    @InjectMetric(ENDED) private readonly ended: Counter<'state'>,
    @InjectMetric(PHASE_SECONDS) readonly phaseSeconds: Histogram<'phase'>,
    @InjectMetric(GIVEN_UP) readonly abandoned: Counter<'reason'>,
    @InjectMetric(PUT_OFF) readonly putOff: Counter<'reason'>,
    @InjectMetric(LOST) readonly lost: Counter,
  ) {
    // A series that appears with its first failure has no increase, so the alert would miss that failure.
    abandoned.inc({ reason: 'internal' }, 0);
  }

  committed(run: RunHead): void {
    if (isTerminal(run.state)) this.ended.inc({ state: run.state });
  }
}

export const ENGINE_METRIC_PROVIDERS = [
  makeCounterProvider({ name: STARTED, help: 'Runs accepted by this replica' }),
  makeCounterProvider({ name: ENDED, help: 'Runs ended by this replica', labelNames: ['state'] }),
  makeCounterProvider({
    name: GIVEN_UP,
    help: 'Runs that failed because a phase could not be carried out, by reason; internal is a fault of the server',
    labelNames: ['reason'],
  }),
  makeCounterProvider({
    name: PUT_OFF,
    help: 'Runs that this replica has put off because every attempt failed, by reason',
    labelNames: ['reason'],
  }),
  makeCounterProvider({ name: LOST, help: 'Runs that this replica had to let go: cancelled, or its lease was lost' }),
  makeHistogramProvider({
    name: PHASE_SECONDS,
    help: 'Seconds a phase of a run took, without its commit',
    labelNames: ['phase'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
  }),
];

import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { LOG, type Log } from '../telemetry/log';
import { DueItems, type ItemWork } from './due-items';
import { Sweep, type Pass } from './sweep';

const FAILING = 'assent_sweep_failing_items';

interface Scheduled {
  /** The label `sweep` in metrics and log. */
  readonly name: string;
  readonly everyMs: number;
  /** Called before each pass. False: skip this pass. */
  prepare?(): boolean | Promise<boolean>;
}

export interface ItemSweep<T> extends Scheduled, ItemWork<T> {}

export interface StepSweep extends Scheduled {
  /** @returns true: there may be more to do, so the step is called again in this pass */
  step(): Promise<boolean>;
}

/**
 * Creates and schedules the sweeps of all libs. Their intervals are in Nest's scheduler registry by name, which clears
 * them at shutdown. They share one log and one metric.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly sweeps = new Map<string, { readonly sweep: Sweep; readonly everyMs: number }>();

  constructor(
    @InjectMetric(FAILING) private readonly failing: Gauge<'sweep'>,
    @Inject(LOG) private readonly log: Log,
    private readonly registry: SchedulerRegistry,
  ) {}

  /** A sweep over due items, each of which fails and is retried independently. */
  items<T>(sweep: ItemSweep<T>): Sweep {
    const log = this.log.child({ sweep: sweep.name });
    return this.schedule(sweep, new DueItems(sweep, log), log);
  }

  /** A sweep that repeats one step, such as deleting a batch of rows. */
  steps(sweep: StepSweep): Sweep {
    const run = async (signal: AbortSignal): Promise<void> => {
      while ((await sweep.step()) && !signal.aborted);
    };
    return this.schedule(sweep, { failing: 0, run }, this.log.child({ sweep: sweep.name }));
  }

  onApplicationBootstrap(): void {
    for (const [name, { sweep, everyMs }] of this.sweeps) {
      this.registry.addInterval(
        name,
        setInterval(() => void sweep.pass(), everyMs),
      );
    }
  }

  /** Does not wait for the pass: the pass may end only after its module was asked to stop. */
  onModuleDestroy(): void {
    for (const { sweep } of this.sweeps.values()) void sweep.stop();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.sweeps.values()].map(({ sweep }) => sweep.stop()));
  }

  private schedule(scheduled: Scheduled, work: Pass, log: Log): Sweep {
    const { name, everyMs } = scheduled;
    if (this.sweeps.has(name)) throw new Error(`Two sweeps are named "${name}".`);
    const series = this.failing.labels({ sweep: name });
    series.set(0);
    const pass: Pass = {
      get failing() {
        return work.failing;
      },
      run: async (signal) => {
        if ((await scheduled.prepare?.()) !== false) await work.run(signal);
      },
    };
    const sweep = new Sweep(pass, log, (count) => {
      series.set(count);
    });
    this.sweeps.set(name, { sweep, everyMs });
    return sweep;
  }
}

export const SWEEP_METRIC_PROVIDERS = [
  makeGaugeProvider({
    name: FAILING,
    help: 'By sweep: due items that failed at least three times on this replica, plus one after three consecutive failed passes',
    labelNames: ['sweep'],
  }),
];

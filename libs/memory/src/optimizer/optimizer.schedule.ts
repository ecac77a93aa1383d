import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Cron } from 'croner';
import { Config, StartError, Sweeper, type Sweep } from '@assent/platform';
import { MemoryRunRepository } from './memory-run.repository';
import { OptimizerService } from './optimizer.service';

/** More often than once a minute, so that no slot is missed; each slot is claimed only once. */
const POLL_INTERVAL_MS = 20_000;
const MINUTE_MS = 60_000;

/**
 * Reads a cron expression of five fields, in UTC.
 * @returns null for `off`
 * @throws StartError when MEMORY_SCHEDULE is not a cron expression
 */
export function readMemorySchedule(expression: string): Cron | null {
  if (expression === 'off') return null;
  try {
    // "Sloppy" means steps from a number without a range, as in `5/15`.
    return new Cron(expression, { mode: '5-part', timezone: 'UTC', sloppyRanges: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
    throw new StartError(
      [
        `MEMORY_SCHEDULE "${expression}" is not a cron expression of five fields (minute hour day month weekday): ${why}. ` +
          'Correct it, or set it to off.',
      ],
      { cause },
    );
  }
}

/** Starts the agent when it is due, by the database's clock, and resumes runs of lost replicas. */
@Injectable()
export class OptimizerSchedule implements OnModuleInit, OnModuleDestroy {
  private schedule: Cron | null = null;
  private readonly sweep: Sweep;

  constructor(
    private readonly optimizer: OptimizerService,
    private readonly runs: MemoryRunRepository,
    private readonly config: Config,
    sweeper: Sweeper,
  ) {
    this.sweep = sweeper.steps({
      name: 'optimizer',
      everyMs: POLL_INTERVAL_MS,
      step: async () => {
        await this.poll();
        return false;
      },
    });
  }

  /** @throws StartError when MEMORY_SCHEDULE is no cron expression */
  onModuleInit(): void {
    this.schedule = readMemorySchedule(this.config.env.MEMORY_SCHEDULE);
  }

  async onModuleDestroy(): Promise<void> {
    this.optimizer.stop();
    await this.sweep.stop();
  }

  private async poll(): Promise<void> {
    await this.optimizer.goOn();
    const now = await this.runs.now();
    const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
    if (this.schedule?.match(minute)) await this.optimizer.slot(this.config.env.MEMORY_SCHEDULE, minute.toISOString());
  }
}

import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Config, LOG, type Log } from '@assent/platform';
import { readCron, type Schedule } from './cron';
import { MemoryRunRepository } from './memory-run.repository';
import { OptimizerService } from './optimizer.service';

/** More often than once a minute, so that none is missed; the slot keeps it to one. */
const LOOK_EVERY_MS = 20_000;
const MINUTE_MS = 60_000;

/** Starts the agent when its time has come, by the database's clock, and goes on with what a lost replica has left. */
@Injectable()
export class OptimizerSchedule implements OnModuleInit, OnModuleDestroy {
  private schedule: Schedule | null = null;
  private looking: Promise<void> | null = null;

  constructor(
    private readonly optimizer: OptimizerService,
    private readonly runs: MemoryRunRepository,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** @throws Error when MEMORY_SCHEDULE is no cron expression: the start fails */
  onModuleInit(): void {
    const { MEMORY_SCHEDULE } = this.config.env;
    if (MEMORY_SCHEDULE === 'off') return;
    try {
      this.schedule = readCron(MEMORY_SCHEDULE);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : '';
      throw new Error(`MEMORY_SCHEDULE is not usable: ${why}`, { cause });
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.optimizer.stop();
    await this.looking;
  }

  @Interval(LOOK_EVERY_MS)
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.optimizer.goOn();
      const now = await this.runs.now();
      const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
      if (this.schedule?.isDue(minute))
        await this.optimizer.slot(this.config.env.MEMORY_SCHEDULE, minute.toISOString());
    } catch (error) {
      this.log.warn({ err: error }, 'looking for work of the optimization agent failed; the next look tries again');
    }
  }
}

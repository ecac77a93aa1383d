import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Config, Database, LOG, sql, type Log } from '@assent/platform';
import { FrameRepository } from './frame.repository';

const EVERY_MS = 60_000;
/** Small steps: each is a transaction. */
const RUNS_AT_ONCE = 100;
/** Idempotency keys are kept for a day, as the protocol promises. */
const KEY_HOURS = 24;

/** Deletes what has outlived its promise. Harmless on several replicas at once. */
@Injectable()
export class Housekeeping {
  constructor(
    private readonly frames: FrameRepository,
    private readonly database: Database,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async run(): Promise<void> {
    try {
      while ((await this.frames.purge(this.config.env.FRAME_RETENTION_DAYS, RUNS_AT_ONCE)) === RUNS_AT_ONCE);
      await this.database.query(
        sql`delete from idempotency_keys where created_at < now() - make_interval(hours => ${KEY_HOURS})`,
      );
      await this.database.query(sql`delete from stream_tickets where expires_at < now()`);
    } catch (error) {
      this.log.warn({ err: error }, 'housekeeping failed; it tries again in a minute');
    }
  }
}

import { Injectable } from '@nestjs/common';
import { Config, Database, Sweeper, sql } from '@assent/platform';
import { FrameRepository } from './frame.repository';

const EVERY_MS = 60_000;
/** Maximum number of runs per step, small because each step is one transaction. */
const RUNS_AT_ONCE = 100;
/** Idempotency keys are kept for a day, as the protocol promises. */
const KEY_HOURS = 24;

/** Deletes rows past their retention. Safe on several replicas at once. */
@Injectable()
export class Housekeeping {
  constructor(
    frames: FrameRepository,
    private readonly database: Database,
    { env: { FRAME_RETENTION_DAYS: days } }: Config,
    sweeper: Sweeper,
  ) {
    sweeper.steps({
      name: 'frames',
      everyMs: EVERY_MS,
      step: async () => (await frames.purge(days, RUNS_AT_ONCE)) === RUNS_AT_ONCE,
    });
    sweeper.steps({ name: 'idempotency_keys', everyMs: EVERY_MS, step: () => this.purgeKeys() });
    sweeper.steps({ name: 'stream_tickets', everyMs: EVERY_MS, step: () => this.purgeTickets() });
  }

  private async purgeKeys(): Promise<boolean> {
    await this.database.query(
      sql`delete from idempotency_keys where created_at < now() - make_interval(hours => ${KEY_HOURS})`,
    );
    return false;
  }

  private async purgeTickets(): Promise<boolean> {
    await this.database.query(sql`delete from stream_tickets where expires_at < now()`);
    return false;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Database, LOG, sql, type Log } from '@assent/platform';

/** Senders without a key cause such reports, so they are limited. */
const REPORT_EVERY_MS = 60_000;
/** A larger difference from the database is a fault of this machine; a smaller one does not refuse a valid message. */
const CLOCK_SKEW_SECONDS = 30;
const MS_PER_SECOND = 1_000;

/** Determines which clock is wrong when a callback is refused because of its timestamp, and logs it. */
@Injectable()
export class CallbackClock {
  private reportedAtMs = -Infinity;

  constructor(
    private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Never rejects. @param sentSeconds the time of the refused message @param nowMs the time of this server */
  async report(sentSeconds: number, nowMs: number): Promise<void> {
    // A clock that is set back must not silence the reports until it is as late as it was.
    if (Math.abs(nowMs - this.reportedAtMs) < REPORT_EVERY_MS) return;
    this.reportedAtMs = nowMs;
    const messageOffSeconds = Math.round(sentSeconds - nowMs / MS_PER_SECOND);
    try {
      const databaseOffSeconds = Math.round((await this.databaseOffMs()) / MS_PER_SECOND);
      const isOurs = Math.abs(databaseOffSeconds) > CLOCK_SKEW_SECONDS;
      this.log.warn(
        { messageOffSeconds, databaseOffSeconds },
        isOurs
          ? 'refused a callback because of its timestamp; the likely cause is the clock of this server, which differs from that of the database. Synchronize it (NTP)'
          : 'refused a callback because of its timestamp; the likely cause is the clock of its sender, or the message is a replay',
      );
    } catch (err) {
      this.log.warn(
        { err, messageOffSeconds },
        'refused a callback because of its timestamp; could not read the clock of the database',
      );
    }
  }

  /** How far the clock of the database is ahead of this server's. */
  private async databaseOffMs(): Promise<number> {
    const before = Date.now();
    const [row] = await this.database.query<{ now: Date }>(sql`select clock_timestamp() as now`);
    const after = Date.now();
    return (row?.now.getTime() ?? after) - (before + after) / 2;
  }
}

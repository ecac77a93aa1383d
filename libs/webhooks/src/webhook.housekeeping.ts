import { Inject, Injectable } from '@nestjs/common';
import { Config, LOG, Sweeper, type Log } from '@assent/platform';
import { DeliveryQueue } from './delivery.queue';
import { DeliveryRepository } from './delivery.repository';
import { WINDOW_SECONDS } from './signature';

const EVERY_MS = 60_000;
/** Interval between takeovers of the previous version's jobs; a job waits at most this long plus one poll. */
const TAKE_OVER_EVERY_MS = 5_000;
/** Retention of callback ids: longer than the window in which a message is accepted, counted in both directions. */
const CALLBACK_SECONDS = 4 * WINDOW_SECONDS;

/** Deletes rows past their retention, and ends deliveries of disabled endpoints. Safe on several replicas at once. */
@Injectable()
export class WebhookHousekeeping {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly queue: DeliveryQueue,
    { env: { WEBHOOK_RETENTION_DAYS: days } }: Config,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    sweeper.steps({ name: 'webhook_takeover', everyMs: TAKE_OVER_EVERY_MS, step: () => this.takeOver() });
    sweeper.steps({ name: 'webhook_retention', everyMs: EVERY_MS, step: () => this.purge(days) });
  }

  private async takeOver(): Promise<boolean> {
    const taken = await this.queue.takeOver();
    if (taken > 0) this.log.info({ deliveries: taken }, 'took over deliveries queued by the previous version');
    return taken > 0;
  }

  /** Endpoints and events go after the deliveries that refer to them. */
  private async purge(days: number): Promise<boolean> {
    await this.queue.endDisabled();
    if (await this.deliveries.purge(days)) return true;
    await this.deliveries.purgeEndpoints();
    await this.deliveries.purgeEvents(days, CALLBACK_SECONDS);
    return false;
  }
}

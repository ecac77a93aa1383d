import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Config, LOG, type Log } from '@assent/platform';
import { DeliveryQueue } from './delivery.queue';
import { DeliveryRepository } from './delivery.repository';
import { WINDOW_SECONDS } from './signature';

const EVERY_MS = 60_000;
/** A message of the future is taken up to the window ahead, and of the past up to the window behind; and some more. */
const CALLBACK_SECONDS = 4 * WINDOW_SECONDS;

/** Deletes what has outlived its promise, and ends what waits for nobody. Harmless on several replicas at once. */
@Injectable()
export class WebhookHousekeeping {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly queue: DeliveryQueue,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async run(): Promise<void> {
    const days = this.config.env.WEBHOOK_RETENTION_DAYS;
    try {
      await this.queue.endDisabled();
      while (await this.deliveries.purge(days));
      await this.deliveries.purgeEndpoints();
      await this.deliveries.purgeEvents(days, CALLBACK_SECONDS);
    } catch (error) {
      this.log.warn({ err: error }, 'housekeeping of the webhooks failed; it tries again in a minute');
    }
  }
}

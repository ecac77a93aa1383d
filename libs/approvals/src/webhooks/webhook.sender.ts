import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { toAssentError } from '@assent/contract';
import { Config, LOG, OutboxSignal, type Log } from '@assent/platform';
import { AttemptMaker } from './attempt.maker';
import { DeliveryQueue, type Attempt } from './delivery.queue';
import type { ClaimedDelivery } from './delivery.record';

/** Between two looks; what this replica has committed itself is sent at once. */
const POLL_MS = 1_000;
/** Pauses before the outcome of a try is written once more: nobody should get it twice because of a short outage. */
const RECORD_PAUSES_MS = [200, 1_000, 3_000];
/** Of the grace time of a shutdown, for answers that are under way. */
const PATIENCE_SHARE = 4;
const MS_PER_SECOND = 1_000;

/** Sends what is due. On every replica: each delivery is claimed by one of them at a time. */
@Injectable()
export class WebhookSender implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly inHand = new Set<Promise<void>>();
  private readonly aborting = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private stopped = false;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly maker: AttemptMaker,
    private readonly signal: OutboxSignal,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.signal.subscribe(() => {
      this.wake();
    });
    this.wake();
  }

  /** Looks for due deliveries now, or once more if a look is under way: it may have been too early. */
  wake(): void {
    if (this.stopped) return;
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    clearTimeout(this.timer);
    this.looking = this.look().finally(() => {
      this.looking = null;
      if (this.lookAgain) {
        this.lookAgain = false;
        this.wake();
      } else if (!this.stopped) {
        this.timer = setTimeout(() => {
          this.wake();
        }, POLL_MS);
      }
    });
  }

  /** Waits a while for answers, then gives what is left to the other replicas. */
  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    clearTimeout(this.timer);
    const patience = (this.config.env.SHUTDOWN_GRACE_SECONDS * MS_PER_SECOND) / PATIENCE_SHARE;
    const patient = setTimeout(() => {
      this.aborting.abort(new Error('the server shuts down'));
    }, patience);
    await this.looking;
    await Promise.all(this.inHand);
    clearTimeout(patient);
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    const free = this.config.env.WEBHOOK_CONCURRENCY - this.inHand.size;
    if (free <= 0) return;
    try {
      for (const delivery of await this.queue.claim(free)) {
        const work = this.deliver(delivery).finally(() => {
          this.inHand.delete(work);
          // Its endpoint has room again.
          this.wake();
        });
        this.inHand.add(work);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'looking for due webhooks failed; the next look tries again');
    }
  }

  /** Never rejects: what could not be written is taken for dead when its time is up, and sent again with the same id. */
  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    const log = this.log.child({ deliveryId: delivery.id, webhookId: delivery.endpointId, event: delivery.type });
    try {
      const attempt = await this.maker.make(delivery, this.aborting.signal);
      if (attempt) await this.record(attempt, log);
      else await this.queue.release(delivery);
    } catch (error) {
      log.warn({ err: error }, 'a try could not be made, or not be written; it is made again');
    }
  }

  private async record(attempt: Attempt, log: Log): Promise<void> {
    for (const pauseMs of [...RECORD_PAUSES_MS, null]) {
      try {
        const { disabled } = await this.queue.record(attempt);
        if (!disabled) return;
        log.warn({ status: attempt.status }, 'the webhook was disabled: it is gone, or has failed for days');
        await this.queue.endDisabled();
        return;
      } catch (error) {
        if (pauseMs === null) throw toAssentError(error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}

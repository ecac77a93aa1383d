import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { toAssentError } from '@assent/contract';
import { Config, LOG, Sweeper, type Log, type Sweep } from '@assent/platform';
import { OutboxSignal } from '@assent/outbox';
import { AttemptSender } from './attempt.sender';
import { DeliveryQueue, type Attempt } from './delivery.queue';
import type { ClaimedDelivery } from './delivery.record';

/** Poll interval; events that this replica commits are sent at once. */
const POLL_MS = 1_000;
/** Pauses before the outcome of an attempt is written again: a short outage should not cause a duplicate delivery. */
const RECORD_PAUSES_MS = [200, 1_000, 3_000];
/** Share of the shutdown grace period for responses in flight. */
const GRACE_SHARE = 4;
const MS_PER_SECOND = 1_000;

/** Sends due deliveries. Runs on every replica; each delivery is claimed by one replica at a time. */
@Injectable()
export class WebhookSender implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly inFlight = new Set<Promise<void>>();
  private readonly aborting = new AbortController();
  private readonly sweep: Sweep;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly attempts: AttemptSender,
    private readonly signal: OutboxSignal,
    private readonly config: Config,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.sweep = sweeper.steps({ name: 'webhook_deliveries', everyMs: POLL_MS, step: () => this.poll() });
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.signal.subscribe(() => {
      this.sweep.wake();
    });
    this.sweep.wake();
  }

  /** Waits for responses in flight, then leaves the remaining deliveries to other replicas. */
  async onModuleDestroy(): Promise<void> {
    this.unsubscribe?.();
    const graceMs = (this.config.env.SHUTDOWN_GRACE_SECONDS * MS_PER_SECOND) / GRACE_SHARE;
    const graceTimer = setTimeout(() => {
      this.aborting.abort(new Error('the server shuts down'));
    }, graceMs);
    await this.sweep.stop();
    await Promise.all(this.inFlight);
    clearTimeout(graceTimer);
  }

  private async poll(): Promise<boolean> {
    const free = this.config.env.WEBHOOK_CONCURRENCY - this.inFlight.size;
    if (free <= 0) return false;
    for (const delivery of await this.queue.claim(free)) {
      const work = this.deliver(delivery).finally(() => {
        this.inFlight.delete(work);
        // The endpoint has free capacity again.
        this.sweep.wake();
      });
      this.inFlight.add(work);
    }
    return false;
  }

  /** Never rejects. If the outcome cannot be recorded, the lease expires and the delivery is sent again with the same id. */
  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    const log = this.log.child({ deliveryId: delivery.id, webhookId: delivery.endpointId, event: delivery.type });
    try {
      const attempt = await this.attempts.attempt(delivery, this.aborting.signal);
      if (attempt) await this.record(attempt, log);
      else await this.queue.release(delivery);
    } catch (error) {
      log.warn({ err: error }, 'could not make or record an attempt; it will be repeated');
    }
  }

  private async record(attempt: Attempt, log: Log): Promise<void> {
    for (const pauseMs of [...RECORD_PAUSES_MS, null]) {
      try {
        const { disabled } = await this.queue.record(attempt);
        if (!disabled) return;
        log.warn({ status: attempt.status }, 'disabled the webhook: it is gone, or has failed for days');
        await this.queue.endDisabled();
        return;
      } catch (error) {
        if (pauseMs === null) throw toAssentError(error);
        await pause(pauseMs);
      }
    }
  }
}

import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AssentError, type Principal } from '@assent/contract';
import { CredentialWatch } from '@assent/identity';
import { Config, LOG, Sweeper, forTenant, newId, type Log, type Sweep } from '@assent/platform';
import { RunNotifier } from '@assent/runs';
import type { CallContext } from '../../call.context';
import { RpcDispatcher } from '../../rpc/rpc.dispatcher';
import type { McpOperations } from '../server/mcp.operations';
import { EVENT_ERRORS } from './event.errors';
import { EventCallback } from './event.callback';
import { eventKindOf, readKept, type EventArguments, type EventKind, type Occurrence } from './event.kinds';
import {
  EventSubscriptionRepository,
  noteOf,
  type EventSubscription,
  type FollowedEvents,
} from './event-subscription.repository';

/** Poll interval; decisions, and events of a followed run, are sent at once. */
const POLL_MS = 1_000;
/** Age after which the followed subjects are read again: less than the interval, so that every poll by the timer reads them. */
const FOLLOWED_MS = POLL_MS / 2;
const EXPIRY_MS = 60_000;
const EXPIRED_AT_ONCE = 500;
/** Subscriptions that a replica serves at the same time. */
const CONCURRENCY = 16;
/** Seconds before each retry. After the last one, delivery is suspended until the subscription is renewed. */
const PAUSES_SECONDS = [5, 30, 120, 300] as const;
/** A receiver may ask for a longer pause. */
const PAUSE_MAX_SECONDS = 900;
/** Pause after a fault of this server, such as an unavailable database. */
const FAULT_PAUSE_SECONDS = 5;
/** The last error of a subscription whose secret no key of a replica decrypts. */
const UNREADABLE = 'secret_unreadable';
/** Statuses with which a receiver refuses one event for good. */
const REFUSED_FOR_GOOD: ReadonlySet<number | null> = new Set([410, 413]);
/** Share of the shutdown grace period for responses in flight. */
const GRACE_SHARE = 4;
const MS_PER_SECOND = 1_000;

const NOTHING: FollowedEvents = { ofApprovals: false, runIds: new Set() };

/** A claimed subscription, and the data that its delivery needs. */
interface Delivery {
  readonly kind: EventKind;
  readonly args: EventArguments;
  readonly invoke: McpOperations['invoke'];
  readonly signal: AbortSignal;
}

/**
 * Delivers events to subscriptions: reads them after the position of the subscription, with the remaining rights of its
 * credential, and posts them in order. Runs on every replica; each subscription is claimed by one at a time.
 */
@Injectable()
export class EventSender implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly inFlight = new Set<Promise<void>>();
  private readonly aborting = new AbortController();
  private readonly sweep: Sweep;
  /** Other changes wake nothing. */
  private followed: FollowedEvents = NOTHING;
  private followedAtMs = -Infinity;
  private isStopping = false;

  constructor(
    private readonly subscriptions: EventSubscriptionRepository,
    private readonly callback: EventCallback,
    private readonly watch: CredentialWatch,
    private readonly dispatcher: RpcDispatcher,
    private readonly notifier: RunNotifier,
    private readonly config: Config,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.sweep = sweeper.steps({ name: 'event_subscriptions', everyMs: POLL_MS, step: () => this.poll() });
    sweeper.steps({
      name: 'event_expiry',
      everyMs: EXPIRY_MS,
      step: async () => (await subscriptions.purge(EXPIRED_AT_ONCE)) === EXPIRED_AT_ONCE,
    });
  }

  onApplicationBootstrap(): void {
    this.notifier.onApproval(() => {
      if (this.followed.ofApprovals) this.sweep.wake();
    });
    this.notifier.onChange((runIds) => {
      if (runIds.some((runId) => this.followed.runIds.has(runId))) this.sweep.wake();
    });
  }

  /** Waits for responses in flight, then leaves the rest to other replicas. */
  async onModuleDestroy(): Promise<void> {
    const graceMs = (this.config.env.SHUTDOWN_GRACE_SECONDS * MS_PER_SECOND) / GRACE_SHARE;
    const graceTimer = setTimeout(() => {
      this.aborting.abort(new Error('the server shuts down'));
    }, graceMs);
    await this.sweep.stop();
    this.isStopping = true;
    await Promise.all(this.inFlight);
    clearTimeout(graceTimer);
  }

  /** MUST be called after a subscription was created or renewed. */
  wake(): void {
    this.followedAtMs = -Infinity;
    this.sweep.wake();
  }

  private async poll(): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs - this.followedAtMs >= FOLLOWED_MS) {
      this.followedAtMs = nowMs;
      this.followed = await this.subscriptions.followed();
    }
    const free = CONCURRENCY - this.inFlight.size;
    const isIdle = !this.followed.ofApprovals && this.followed.runIds.size === 0;
    if (isIdle || free <= 0) return false;
    for (const subscription of await this.subscriptions.claim(free)) {
      const work = this.serve(subscription).then((hasProgress) => {
        this.inFlight.delete(work);
        // Without progress the next poll continues, because the events may not be readable yet.
        if (hasProgress) this.sweep.wake();
      });
      this.inFlight.add(work);
    }
    return false;
  }

  /** Never rejects. If the outcome cannot be recorded, the lease expires, and the event is sent again with the same id. */
  private async serve(subscription: EventSubscription): Promise<boolean> {
    const { tenantId, id } = subscription;
    const log = this.log.child({ subscriptionId: id, event: subscription.name });
    try {
      return await forTenant(tenantId, () => this.deliver(subscription, log));
    } catch (err) {
      if (!this.aborting.signal.aborted) log.warn({ err }, 'could not deliver events; they will be sent again');
      await this.subscriptions
        .postpone(subscription, this.aborting.signal.aborted ? 0 : FAULT_PAUSE_SECONDS)
        .catch((error: unknown) => {
          log.warn({ err: error }, 'could not release a subscription; its lease expires');
        });
      return false;
    }
  }

  /** @returns whether the subscription has moved on */
  private async deliver(claimed: EventSubscription, log: Log): Promise<boolean> {
    const kind = eventKindOf(claimed.name);
    if (!kind) return this.end(claimed, EVENT_ERRORS.removed, log);
    const principal = await this.principalOf(claimed, kind);
    if (!principal) return this.end(claimed, EVENT_ERRORS.revoked, log);
    const { signal } = this.aborting;
    const context = this.contextOf(principal, log);
    const invoke: McpOperations['invoke'] = (name, params) => this.dispatcher.call(name, params, context);
    const args = JSON.parse(claimed.arguments) as EventArguments;
    const delivery: Delivery = { kind, args, invoke, signal };
    try {
      return await this.deliverAll(claimed, delivery);
    } catch (thrown) {
      if (thrown instanceof AssentError && thrown.reason === 'not_found') {
        return this.end(claimed, EVENT_ERRORS.gone, log);
      }
      throw thrown;
    }
  }

  private isServing(): boolean {
    return !this.isStopping && !this.aborting.signal.aborted;
  }

  private async deliverAll(claimed: EventSubscription, { kind, args, invoke, signal }: Delivery): Promise<boolean> {
    let current: EventSubscription | undefined = claimed;
    while (this.isServing()) {
      const { name, position }: EventSubscription = current;
      const { page, isCut } = await readKept((after) => kind.read(name, args, after, invoke), position);
      if (isCut) {
        const kept = (page.found[0]?.seq ?? page.cursor + 1) - 1;
        current = await this.send(current, kept, { type: 'gap', cursor: String(kept) }, signal);
        if (!current) return false;
      }
      for (const event of page.found) {
        if (!this.isServing()) break;
        if (current.notBefore && Date.parse(event.at) < current.notBefore.getTime()) continue;
        current = await this.send(current, event.seq, bodyOf(name, event), signal, event.eventId);
        if (!current) return false;
      }
      if (!this.isServing()) break;
      if (page.cursor === position && !isCut) break;
      current = await this.subscriptions.advance(current, page.cursor, false);
      if (!current) return false;
      if (page.cursor >= page.tail) break;
    }
    await this.subscriptions.release(claimed);
    return current.position > claimed.position;
  }

  /** Posts one message. @returns the subscription after it; undefined: nothing more is sent now */
  private async send(
    current: EventSubscription,
    position: number,
    body: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    messageId?: string,
  ): Promise<EventSubscription | undefined> {
    const secrets = this.secretsOf(current);
    if (secrets.length === 0) return this.failUnreadable(current);
    const result = await this.callback.post({ ...current, secrets }, body, signal, messageId);
    const isRefused = REFUSED_FOR_GOOD.has(result.status);
    if (result.fault === null || isRefused) return this.subscriptions.advance(current, position, !isRefused);
    await this.subscriptions.fail(current, {
      error: result.fault,
      afterSeconds: pauseAfter(current.attempts, result.retryAfterSeconds),
    });
    return undefined;
  }

  /** No attempt can be signed. Another replica may have the key while keys are replaced, and a renewal brings the secret anew. */
  private async failUnreadable(current: EventSubscription): Promise<undefined> {
    await this.subscriptions.fail(current, { error: UNREADABLE, afterSeconds: pauseAfter(current.attempts) });
    if (current.attempts > 0) return undefined;
    this.log.error(
      { subscriptionId: current.id, event: current.name },
      'could not decrypt the secret of a subscription to events; it is suspended after some attempts, until its client renews it. Set WEBHOOK_SECRET_KEY to the key it was encrypted with, or add that key to WEBHOOK_SECRET_KEY_PREVIOUS, on every replica',
    );
    return undefined;
  }

  /** Ends a subscription, and sends its receiver one message about it. */
  private async end(claimed: EventSubscription, error: object, log: Log): Promise<boolean> {
    const secrets = this.secretsOf(claimed);
    await this.subscriptions.end(claimed, noteOf('event.terminate', claimed));
    log.info('ended a subscription to events: its credential or its subject is gone');
    if (secrets.length > 0) {
      await this.callback.post({ ...claimed, secrets }, { type: 'terminated', error }, this.aborting.signal);
    }
    return false;
  }

  private secretsOf({ id, secret, previousSecret, previousUntil }: EventSubscription): string[] {
    const isRotating = previousSecret !== null && previousUntil !== null && previousUntil.getTime() > Date.now();
    return this.callback.open(isRotating ? [secret, previousSecret] : [secret], id);
  }

  /** Null: its credential no longer grants the scope. */
  private async principalOf(subscription: EventSubscription, { scope }: EventKind): Promise<Principal | null> {
    const { tenantId, subject, credential, scopes, credentialExpiresAt: expiresAt } = subscription;
    const holder = { tenantId, subject, authority: { credential, scopes }, expiresAt };
    if (!(await this.watch.grants(holder, scope))) return null;
    return { tenantId, subject, scopes: new Set([scope]), roles: new Set(), credential };
  }

  private contextOf(principal: Principal, log: Log): CallContext {
    return { principal, requestId: newId(), traceparent: null, log, closed: () => this.aborting.signal };
  }
}

/** The position in the body is safe to keep: everything before the event was delivered or given up. */
function bodyOf(name: string, { eventId, at, data, seq }: Occurrence): Readonly<Record<string, unknown>> {
  return { eventId, name, timestamp: at, data, cursor: String(seq) };
}

function pauseAfter(attempts: number, retryAfterSeconds = 0): number | null {
  const planned = PAUSES_SECONDS[attempts];
  return planned === undefined ? null : Math.min(Math.max(planned, retryAfterSeconds), PAUSE_MAX_SECONDS);
}

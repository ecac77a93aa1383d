import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AssentError, authorityOf, type Principal } from '@assent/contract';
import { requireScope } from '@assent/identity';
import { canonicalJson } from '@assent/platform';
import type { McpOperations } from '../server/mcp.operations';
import { EventCallback, type CallbackFault } from './event.callback';
import { readKept, type EventArguments, type EventKind } from './event.kinds';
import { EventSender } from './event.sender';
import { EventSubscriptionRepository, noteOf, type EventSubscription } from './event-subscription.repository';

/** Live subscriptions of one principal. */
const MAX_SUBSCRIPTIONS = 50;
const DEFAULT_TTL_MS = 3_600_000;
const MIN_TTL_MS = 60_000;
const MAX_TTL_MS = 86_400_000;
const ID_CHARS = 32;
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const SECRET_MIN_BYTES = 24;
const SECRET_MAX_BYTES = 64;
/** Maximum challenges a minute from this replica to one host and port, which may not belong to the subscriber. */
const CHALLENGES_A_MINUTE = 30;
const MINUTE_SECONDS = 60;

/** What a subscription follows, and where it delivers. */
export interface SubscriptionTarget {
  readonly kind: EventKind;
  readonly name: string;
  readonly args: EventArguments;
  readonly url: string;
}

export interface SubscriptionRequest extends SubscriptionTarget {
  readonly secret: string;
  /** Null: from now on. */
  readonly cursor: number | null;
  readonly maxAgeMs: number;
  /** Null: as long as possible. */
  readonly ttlMs: number | null;
}

/** Subscriptions to events, which their owners renew. */
@Injectable()
export class EventSubscriptions {
  private readonly challenges = new RateLimiterMemory({ points: CHALLENGES_A_MINUTE, duration: MINUTE_SECONDS });

  constructor(
    private readonly subscriptions: EventSubscriptionRepository,
    private readonly callback: EventCallback,
    private readonly sender: EventSender,
  ) {}

  /**
   * Creates or renews a subscription.
   * @throws AssentError invalid, forbidden, not_found (the run), conflict (too many), precondition_failed (the receiver
   * did not agree)
   */
  async subscribe(request: SubscriptionRequest, principal: Principal, { invoke }: McpOperations) {
    const { kind, name, args, secret } = request;
    requireScope(principal, kind.scope);
    requireSecret(secret);
    const { href: url, host } = await this.vetted(request.url);
    const id = idOf(principal, { ...request, url });
    const { tenantId, subject, expiresAt: end = null } = principal;
    const known = await this.subscriptions.find({ tenantId, id });
    const start = known ? { position: known.position, isCut: false } : await startOf(request, invoke);
    if (!known && !(await this.subscriptions.hasVerified(principal, url))) {
      await this.requireConsent({ id, url, secrets: [secret] }, host);
    }
    const { credential, scopes } = authorityOf(principal);
    const isSame = known !== undefined && this.callback.open([known.secret], id)[0] === secret;
    const saved = await this.subscriptions.save(
      {
        tenantId,
        id,
        subject,
        name,
        url,
        credential,
        scopes,
        arguments: canonicalJson(args),
        runId: args.runId ?? null,
        secret: this.callback.seal(secret, id),
        isRotated: known !== undefined && !isSame,
        credentialExpiresAt: end,
        position: start.position,
        notBefore: Number.isFinite(request.maxAgeMs) ? new Date(Date.now() - request.maxAgeMs) : null,
        expiresAt: grantedUntil(request.ttlMs, end),
      },
      MAX_SUBSCRIPTIONS,
      known ? null : noteOf('event.subscribe', { id, subject, name, url }),
    );
    if (!saved) throw tooMany(subject);
    this.sender.wake();
    return {
      id,
      refreshBefore: saved.expiresAt.toISOString(),
      cursor: String(saved.position),
      truncated: start.isCut,
      ...(known && { deliveryStatus: statusOf(known) }),
    };
  }

  /** @throws AssentError not_found */
  async unsubscribe(target: SubscriptionTarget, principal: Principal): Promise<void> {
    const { tenantId, subject } = principal;
    const url = URL.canParse(target.url) ? new URL(target.url).href : target.url;
    const id = idOf(principal, { ...target, url });
    const note = noteOf('event.unsubscribe', { id, subject, name: target.name, url });
    if (await this.subscriptions.remove({ tenantId, id }, note)) return;
    throw new AssentError(
      'not_found',
      'There is no such subscription: it has expired, or its event, arguments or URL differ. Subscribe again.',
      { kind: 'subscription' },
    );
  }

  /** @throws AssentError invalid */
  private async vetted(text: string): Promise<URL> {
    try {
      const url = await this.callback.vet(text);
      if (url.protocol === 'https:') return url;
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      throw new AssentError('invalid', thrown.message, { pointer: '/delivery/url' }, { cause: thrown });
    }
    throw new AssentError('invalid', 'The URL must begin with https://.', { pointer: '/delivery/url' });
  }

  /** @throws AssentError precondition_failed, conflict (too many challenges) */
  private async requireConsent(target: Parameters<EventCallback['verify']>[0], host: string): Promise<void> {
    try {
      await this.challenges.consume(host);
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      throw new AssentError('conflict', `${host} was sent too many verification challenges. Try again in a minute.`, {
        limit: 'verifications_per_minute',
        max: CHALLENGES_A_MINUTE,
      });
    }
    const fault = await this.callback.verify(target);
    if (fault !== null) throw refusedBy(host, fault);
  }
}

function tooMany(subject: string): AssentError {
  return new AssentError(
    'conflict',
    `"${subject}" has ${MAX_SUBSCRIPTIONS} subscriptions already. Unsubscribe from one that is not used.`,
    { limit: 'subscriptions', max: MAX_SUBSCRIPTIONS },
  );
}

function refusedBy(host: string, reason: CallbackFault): AssentError {
  const message = `${host} did not agree to receive events: ${reason}. It must respond to the verification with its challenge.`;
  return new AssentError('precondition_failed', message, { reason });
}

/** @throws AssentError invalid */
function requireSecret(secret: string): void {
  const [, encoded = ''] = SECRET.exec(secret) ?? [];
  const key = Buffer.from(encoded, 'base64');
  if (key.toString('base64') === encoded && key.length >= SECRET_MIN_BYTES && key.length <= SECRET_MAX_BYTES) return;
  throw new AssentError(
    'invalid',
    `The secret must be "whsec_" and the base64 of ${SECRET_MIN_BYTES} to ${SECRET_MAX_BYTES} random bytes.`,
    { pointer: '/delivery/secret' },
  );
}

/** Where a new subscription begins. @throws AssentError not_found, invalid (a cursor beyond the newest event) */
async function startOf(
  { kind, name, args, cursor, maxAgeMs }: SubscriptionRequest,
  invoke: McpOperations['invoke'],
): Promise<{ readonly position: number; readonly isCut: boolean }> {
  if (cursor === null) return { position: await kind.tail(args, invoke), isCut: false };
  const { page, isCut } = await readKept((after) => kind.read(name, args, after, invoke), cursor);
  const [first] = page.found;
  const isAged = first !== undefined && Date.parse(first.at) < Date.now() - maxAgeMs;
  const position = isCut ? (first?.seq ?? page.cursor + 1) - 1 : cursor;
  return { position, isCut: isCut || isAged };
}

function grantedUntil(ttlMs: number | null, credentialEnd: Date | null): Date {
  const grantedMs = Math.min(Math.max(ttlMs ?? MAX_TTL_MS, MIN_TTL_MS), MAX_TTL_MS);
  return new Date(Math.min(Date.now() + grantedMs, credentialEnd?.getTime() ?? Infinity));
}

/** A client that names no lifetime gets the default. */
export function ttlOf(given: number | null | undefined): number | null {
  return given === undefined ? DEFAULT_TTL_MS : given;
}

function idOf({ tenantId, subject }: Principal, { name, args, url }: Omit<SubscriptionTarget, 'kind'>): string {
  const key = canonicalJson([tenantId, subject, url, name, args]);
  return `sub_${createHash('sha256').update(key).digest('hex').slice(0, ID_CHARS)}`;
}

function statusOf({ isActive, lastDeliveryAt, lastError, failingSince }: EventSubscription) {
  return {
    active: isActive,
    lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null,
    lastError,
    ...(failingSince && { failedSince: failingSince.toISOString() }),
  };
}

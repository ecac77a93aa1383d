import { Injectable } from '@nestjs/common';
import type { Credential, Principal, Scope } from '@assent/contract';
import { auditChange, type AuditEntry } from '@assent/audit';
import { Database, canonicalJson, cte, sql, withCtes, type Sql } from '@assent/platform';
import { EVENT_SUBSCRIPTIONS, type EventSubscriptionRow } from './event.tables';

/** Longer than one attempt and its record can take. Afterwards another replica continues. */
const LEASE_SECONDS = 30;
/** How long the replaced secret continues to sign, in seconds. */
const ROTATION_SECONDS = 300;

export type EventSubscription = EventSubscriptionRow & {
  readonly credential: Credential;
  readonly scopes: readonly Scope[];
};

export type SubscriptionKey = Pick<EventSubscription, 'tenantId' | 'id'>;
type Claim = Pick<EventSubscription, 'tenantId' | 'id' | 'fence'>;

export type NewSubscription = Pick<
  EventSubscription,
  | 'tenantId'
  | 'id'
  | 'subject'
  | 'name'
  | 'arguments'
  | 'runId'
  | 'url'
  | 'secret'
  | 'credential'
  | 'scopes'
  | 'credentialExpiresAt'
  | 'position'
  | 'notBefore'
  | 'expiresAt'
> & {
  /** The stored secret is a different one, and continues to sign for a while. */
  readonly isRotated: boolean;
};

/** Subjects of subscriptions. */
export interface FollowedEvents {
  readonly ofApprovals: boolean;
  readonly runIds: ReadonlySet<string>;
}

/** How a delivery continues after a failure. */
export interface FailedDelivery {
  readonly error: string;
  /** Null: delivery is suspended until the subscription is renewed. */
  readonly afterSeconds: number | null;
}

const NOW: Sql = sql`date_trunc('milliseconds', now())`;
const LIVE: Sql = sql`event_subscriptions.expires_at > now()`;
/**
 * The first fence of a subscription is random, so that it differs from that of a claim on an earlier subscription with
 * the same id.
 */
const ANY_FENCE: Sql = sql`floor(random() * 1000000000)::integer`;
const COLUMNS: Sql = EVENT_SUBSCRIPTIONS.list();

/** Subscriptions to events, one statement per method. */
@Injectable()
export class EventSubscriptionRepository {
  constructor(private readonly database: Database) {}

  /** A subscription that has not expired. */
  async find({ tenantId, id }: SubscriptionKey): Promise<EventSubscription | undefined> {
    const [row] = await this.database.query<EventSubscription>(
      sql`select ${COLUMNS} from event_subscriptions where tenant_id = ${tenantId} and id = ${id} and ${LIVE}`,
    );
    return row;
  }

  /** Whether a live subscription of the principal has this URL, which has been verified for it. */
  async hasVerified({ tenantId, subject }: Principal, url: string): Promise<boolean> {
    const rows = await this.database.query(sql`select from event_subscriptions
      where tenant_id = ${tenantId} and subject = ${subject} and url = ${url} and ${LIVE} limit 1`);
    return rows.length > 0;
  }

  /**
   * Creates or renews a subscription. A live one keeps its position. Calls of one subject wait for each other, so that
   * together they do not exceed the limit.
   * @param max maximum number of live subscriptions of the subject
   * @param note audit entry for a new one
   * @returns undefined: the subject has reached the limit
   */
  async save(
    subscription: NewSubscription,
    max: number,
    note: AuditEntry | null,
  ): Promise<EventSubscription | undefined> {
    const { isRotated, ...row } = subscription;
    const { tenantId, subject, id } = row;
    const turn = canonicalJson(['event subscriptions', tenantId, subject]);
    const queue = sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`;
    const hasSpace = sql`where (select count(*) from event_subscriptions
      where tenant_id = ${tenantId} and subject = ${subject} and id <> ${id} and ${LIVE}) < ${max}::integer`;
    const fresh = { ...row, isActive: true, attempts: 0, nextAttemptAt: NOW, fence: ANY_FENCE, createdAt: NOW };
    const saved = cte(
      'write_event_subscriptions',
      sql`${EVENT_SUBSCRIPTIONS.insert(fresh, hasSpace)}
        on conflict (tenant_id, id) do update set secret = excluded.secret,
          previous_secret = case when ${isRotated}::boolean then event_subscriptions.secret else event_subscriptions.previous_secret end,
          previous_until = case when ${isRotated}::boolean then ${NOW} + make_interval(secs => ${ROTATION_SECONDS}::integer)
            else event_subscriptions.previous_until end,
          credential = excluded.credential, scopes = excluded.scopes, credential_expires_at = excluded.credential_expires_at,
          position = case when ${LIVE} then event_subscriptions.position else excluded.position end,
          not_before = case when ${LIVE} then event_subscriptions.not_before else excluded.not_before end,
          fence = case when ${LIVE} then event_subscriptions.fence else excluded.fence end,
          last_error = case when ${LIVE} then event_subscriptions.last_error end,
          failing_since = case when ${LIVE} then event_subscriptions.failing_since end,
          last_delivery_at = case when ${LIVE} then event_subscriptions.last_delivery_at end,
          is_active = true, attempts = 0, next_attempt_at = excluded.next_attempt_at, expires_at = excluded.expires_at
        returning ${COLUMNS}`,
    );
    const audited = note ? [auditChange(tenantId, note, saved)] : [];
    const statement = withCtes([saved, ...audited], sql`select * from ${saved}`);
    const [stored] = await this.database.around<EventSubscription>([queue], () => Promise.resolve(statement));
    return stored;
  }

  /** @returns false: there is no such live subscription */
  async remove({ tenantId, id }: SubscriptionKey, note: AuditEntry): Promise<boolean> {
    const removed = cte(
      'delete_event_subscriptions',
      sql`delete from event_subscriptions where tenant_id = ${tenantId} and id = ${id} and ${LIVE} returning id`,
    );
    const rows = await this.database.query(
      withCtes([removed, auditChange(tenantId, note, removed)], sql`select id from ${removed}`),
    );
    return rows.length > 0;
  }

  /** The subjects of the subscriptions that are currently served. */
  async followed(): Promise<FollowedEvents> {
    const isOfApprovals = sql`starts_with(name, 'approval.')`;
    const [row] = await this.database.queryDedicated<{ approvals: number; runIds: string[] }>(sql`
      select count(*) filter (where ${isOfApprovals})::integer as approvals,
        coalesce(array_agg(run_id) filter (where not ${isOfApprovals}), '{}') as "runIds"
      from event_subscriptions where ${LIVE} and is_active`);
    return { ofApprovals: (row?.approvals ?? 0) > 0, runIds: new Set(row?.runIds) };
  }

  /** Claims subscriptions that have events after their position. */
  claim(limit: number): Promise<EventSubscription[]> {
    return this.database.queryDedicated<EventSubscription>(sql`
      with due as (
        select s.tenant_id, s.id from event_subscriptions s
          left join approval_inboxes inbox on inbox.tenant_id = s.tenant_id
          left join runs on runs.id = s.run_id and runs.tenant_id = s.tenant_id
        where s.expires_at > now() and s.is_active and s.next_attempt_at <= now() and (s.lease_until is null or s.lease_until <= now())
          and case when starts_with(s.name, 'approval.') then coalesce(inbox.seq, 0) > s.position
              or exists (select from approval_events e where e.tenant_id = s.tenant_id and e.seq is null)
            else coalesce(runs.seq, s.position + 1) > s.position end
        order by s.next_attempt_at limit ${limit} for update of s skip locked
      )
      update event_subscriptions set fence = fence + 1, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::integer)
      from due where event_subscriptions.tenant_id = due.tenant_id and event_subscriptions.id = due.id
      returning ${COLUMNS}`);
  }

  /**
   * Everything up to the position was delivered, or given up.
   * @param isDelivered the receiver has accepted an event
   * @returns the subscription as it is now; undefined: it was removed or taken over
   */
  async advance(claim: Claim, position: number, isDelivered: boolean): Promise<EventSubscription | undefined> {
    const delivered = sql`last_error = null, failing_since = null, last_delivery_at = ${NOW},`;
    const [row] = await this.database.queryDedicated<EventSubscription>(sql`
      update event_subscriptions set ${isDelivered ? delivered : sql``} position = ${position}::integer, attempts = 0,
        lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::integer)
      where ${claimed(claim)} and ${LIVE} returning ${COLUMNS}`);
    return row;
  }

  /** Records a failed attempt, and releases the claim. */
  async fail(claim: Claim, { error, afterSeconds }: FailedDelivery): Promise<void> {
    await this.database.queryDedicated(sql`
      update event_subscriptions set attempts = attempts + 1, last_error = ${error}::text, failing_since = coalesce(failing_since, ${NOW}),
        is_active = ${afterSeconds !== null}, next_attempt_at = ${NOW} + make_interval(secs => ${afterSeconds ?? 0}::double precision),
        lease_until = null
      where ${claimed(claim)}`);
  }

  release(claim: Claim): Promise<void> {
    return this.postpone(claim, 0);
  }

  /** Releases the claim for that time, without counting a failed attempt. */
  async postpone(claim: Claim, seconds: number): Promise<void> {
    await this.database.queryDedicated(sql`update event_subscriptions set lease_until = null,
        next_attempt_at = ${NOW} + make_interval(secs => ${seconds}::double precision) where ${claimed(claim)}`);
  }

  /** Ends a subscription on behalf of the server. */
  async end(claim: Claim, note: AuditEntry): Promise<void> {
    const ended = cte(
      'delete_event_subscriptions',
      sql`delete from event_subscriptions where ${claimed(claim)} returning id`,
    );
    await this.database.queryDedicated(
      withCtes([ended, auditChange(claim.tenantId, note, ended)], sql`select id from ${ended}`),
    );
  }

  /** @returns how many */
  async purge(limit: number): Promise<number> {
    const rows = await this.database.queryDedicated<{ count: number }>(sql`
      with old as (select tenant_id, id from event_subscriptions where expires_at <= now() order by expires_at limit ${limit}
          for update skip locked),
        gone as (delete from event_subscriptions using old
          where event_subscriptions.tenant_id = old.tenant_id and event_subscriptions.id = old.id returning 1)
      select count(*)::integer as count from gone`);
    return rows[0]?.count ?? 0;
  }
}

function claimed({ tenantId, id, fence }: Claim): Sql {
  return sql`tenant_id = ${tenantId} and id = ${id} and fence = ${fence}::integer`;
}

/** The audit line of a subscription. */
export function noteOf(
  action: 'event.subscribe' | 'event.unsubscribe' | 'event.terminate',
  { id, subject, name, url }: Pick<EventSubscription, 'id' | 'subject' | 'name' | 'url'>,
): AuditEntry {
  const detail = { event: name, host: URL.canParse(url) ? new URL(url).host : '' };
  return { action, actor: subject, subjectType: 'event_subscription', subjectId: id, hash: null, detail };
}

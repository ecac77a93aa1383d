import { Injectable } from '@nestjs/common';
import { Config, Database, sql, type Sql } from '@assent/platform';
import type { AttemptOutcome } from './delivery.policy';
import type { ClaimedDelivery } from './delivery.record';

/**
 * Concurrent attempts per endpoint over all replicas; one while it fails. A slow endpoint therefore delays no other.
 */
const PER_ENDPOINT = 4;
/**
 * Due deliveries per endpoint that a poll considers. Deliveries in progress sort first and must not hide those behind
 * them.
 */
const WINDOW = 16;
/**
 * Longer than an attempt and its record can take. Afterwards the sender is considered lost, and another replica sends
 * the delivery.
 */
const LEASE_SECONDS = 30;
/**
 * Minimum number of failed attempts before an endpoint is disabled, regardless of its last success: it may just have
 * had no events.
 */
const FAILURES_MIN = 10;

/** The result of one attempt. */
export interface Attempt {
  readonly delivery: ClaimedDelivery;
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

const NOW: Sql = sql`date_trunc('milliseconds', now())`;
/** Whether a delivery can be claimed: it is unclaimed, or its lease has expired. */
const FREE: Sql = sql`(delivery.lease_until is null or delivery.lease_until <= now())`;

/**
 * The rows of `webhook_deliveries` as a queue: claimed for a lease in turns per endpoint, and ended in one statement
 * with their log. With oldest-first order, the backlog of one dead endpoint would block all others (docs/adr/0015).
 */
@Injectable()
export class DeliveryQueue {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Claims up to `limit` due deliveries, in turns, from every endpoint with free capacity. */
  claim(limit: number): Promise<ClaimedDelivery[]> {
    return this.database.queryDedicated<ClaimedDelivery>(sql`
      with due as (
        select seen.id, seen.busy, seen.at, endpoint.id as endpoint_id,
          case when endpoint.failing_since is null then ${PER_ENDPOINT}::integer else 1 end as room
        from webhook_endpoints endpoint cross join lateral (
          select delivery.id, delivery.next_attempt_at as at, not ${FREE} as busy from webhook_deliveries delivery
          where delivery.endpoint_id = endpoint.id and delivery.state = 'pending' and delivery.next_attempt_at <= now()
            and delivery.fence is not null
          order by delivery.next_attempt_at limit ${WINDOW}::integer) seen
        where endpoint.state = 'enabled'
      ), ranked as (
        select id, busy, at, room, row_number() over (partition by endpoint_id, busy order by at, id) as position,
          count(*) filter (where busy) over (partition by endpoint_id) as working
        from due
      ), chosen as (
        select id from ranked where not busy and position + working <= room order by position, at limit ${limit}::integer
      ), free as (
        select id from webhook_deliveries delivery where id in (select id from chosen) and state = 'pending' and ${FREE}
        for update skip locked
      ), claimed as (
        update webhook_deliveries set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::integer), fence = fence + 1
        from free where webhook_deliveries.id = free.id
        returning webhook_deliveries.id, fence, attempts - round_start as "roundAttempts", event_id, endpoint_id
      )
      select claimed.id, claimed.fence, claimed."roundAttempts", event.id as "eventId", event.type, event.body,
        endpoint.id as "endpointId", endpoint.url, endpoint.secret, case when endpoint.previous_until > now() then endpoint.previous_secret end as "previousSecret"
      from claimed join webhook_events event on event.id = claimed.event_id
      join webhook_endpoints endpoint on endpoint.id = claimed.endpoint_id`);
  }

  /**
   * Records the result of an attempt: the log, the next attempt or the end, and the state of the endpoint, in one
   * statement. A sender that lost its claim only appends to the log; a success counts regardless of the sender.
   */
  async record({ delivery, outcome, durationMs, status, error, answer }: Attempt): Promise<{ disabled: boolean }> {
    const { id, fence, endpointId } = delivery;
    const arrived = outcome.kind === 'delivered';
    const again = outcome.kind === 'retry';
    const reason = outcome.kind === 'dead' ? outcome.reason : null;
    const afterSeconds = again ? outcome.afterSeconds : 0;
    const gone = reason === 'gone';
    const [row] = await this.database.queryDedicated<{ disabled: boolean }>(sql`
      with own as (
        select fence = ${fence}::integer and lease_until is not null or ${arrived} as moves from webhook_deliveries
        where id = ${id}::uuid and state = 'pending' for update
      ), delivery as (
        update webhook_deliveries set attempts = attempts + 1, last_status = ${status}::integer,
          state = case when not own.moves or ${again} then state when ${arrived} then 'delivered' else 'dead' end,
          reason = case when own.moves then ${reason}::text else reason end,
          next_attempt_at = case when own.moves then ${NOW} + make_interval(secs => ${afterSeconds}::double precision) else next_attempt_at end,
          lease_until = case when own.moves then null else lease_until end,
          ended_at = case when own.moves and not ${again} then ${NOW} else ended_at end
        from own where webhook_deliveries.id = ${id}::uuid and state = 'pending'
        returning webhook_deliveries.id, tenant_id, attempts
      ), logged as (
        insert into webhook_attempts (delivery_id, number, tenant_id, at, duration_ms, outcome, status, error, answer)
        select id, attempts, tenant_id, ${NOW} - make_interval(secs => ${durationMs / 1_000}::double precision), ${Math.round(durationMs)}::integer,
          ${arrived ? 'delivered' : 'failed'}::text, ${status}::integer, ${error}::text, ${answer}::text from delivery
      ), endpoint as (
        update webhook_endpoints set failures = case when ${arrived} then 0 else failures + 1 end,
          failing_since = case when ${arrived} then null else coalesce(failing_since, ${NOW}) end,
          state = case when ${this.disables(arrived, gone)} then 'disabled' else state end,
          disabled_reason = case when ${gone} then 'gone' when ${this.disables(arrived, gone)} then 'failing' else disabled_reason end
        where id = ${endpointId}::uuid and state = 'enabled' and (not ${arrived} or failures > 0 or failing_since is not null)
        returning state
      )
      select coalesce((select state = 'disabled' from endpoint), false) as disabled`);
    return row ?? { disabled: false };
  }

  /** Releases a delivery unsent; the next poll may claim it. */
  async release({ id, fence }: ClaimedDelivery): Promise<void> {
    await this.database.queryDedicated(
      sql`update webhook_deliveries set lease_until = null where id = ${id}::uuid and fence = ${fence}::integer and state = 'pending'`,
    );
  }

  /** Turns pending deliveries of disabled endpoints into dead letters, except those in flight. */
  async endDisabled(): Promise<void> {
    await this.database.queryDedicated(sql`
      update webhook_deliveries delivery set state = 'dead', reason = 'disabled', ended_at = ${NOW}, lease_until = null
      from webhook_endpoints endpoint where endpoint.id = delivery.endpoint_id and endpoint.state = 'disabled'
        and delivery.state = 'pending' and delivery.fence is not null and ${FREE}`);
  }

  /**
   * Takes over a batch of jobs that replicas of the previous version queued and are not sending. Such replicas may
   * still run.
   */
  async takeOver(): Promise<number> {
    const [row] = await this.database.queryDedicated<{ taken: number }>(sql`select take_over_webhook_jobs() as taken`);
    return row?.taken ?? 0;
  }

  /** Whether this attempt disables the endpoint, based on the row before the attempt. */
  private disables(arrived: boolean, gone: boolean): Sql {
    const { WEBHOOK_DISABLE_DAYS: days } = this.config.env;
    return sql`(not ${arrived} and (${gone} or failures + 1 >= ${FAILURES_MIN}::integer
      and coalesce(failing_since, now()) <= now() - make_interval(days => ${days}::integer)))`;
  }
}

import { Injectable } from '@nestjs/common';
import { Config, Database, sql, type Sql } from '@assent/platform';
import type { Verdict } from './delivery.policy';
import type { ClaimedDelivery } from './delivery.record';

/** Tries at one endpoint at the same time, by all replicas; one while it fails. So a slow one delays nobody else. */
const PER_ENDPOINT = 4;
/** Due deliveries of one endpoint that a look considers: those in hand come first, and must not hide the ones behind them. */
const WINDOW = 16;
/** Failed tries below which an endpoint is not disabled, however long ago its last success is: it may just have no events. */
const FAILURES_MIN = 10;

/** What one try has come to. */
export interface Attempt {
  readonly delivery: ClaimedDelivery;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

const NOW: Sql = sql`date_trunc('milliseconds', now())`;
/** A job that may be taken: nobody works on it, or whoever did is dead. */
const FREE: Sql = sql`(job.state < 'active' or job.state = 'active' and job.started_on + job.expire_in <= now())`;

/**
 * Deliveries as jobs: claimed fairly, and ended in one statement with their log. pg-boss's own fetch takes the oldest jobs
 * first, whosever they are: the backlog of one dead endpoint would then keep all others waiting (ADR on webhook jobs).
 */
@Injectable()
export class DeliveryQueue {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Takes up to `most` due deliveries, in turns from every endpoint that has room. */
  claim(most: number): Promise<ClaimedDelivery[]> {
    return this.database.queryAlone<ClaimedDelivery>(sql`
      with due as (
        select seen.id, seen.busy, seen.at, endpoint.id as endpoint_id,
          case when endpoint.failing_since is null then ${PER_ENDPOINT}::integer else 1 end as room
        from webhook_endpoints endpoint cross join lateral (
          select delivery.id, delivery.next_attempt_at as at, not ${FREE} as busy
          from webhook_deliveries delivery join pgboss.job job on job.name = 'webhook' and job.id = delivery.id
          where delivery.endpoint_id = endpoint.id and delivery.state = 'pending' and delivery.next_attempt_at <= now()
          order by delivery.next_attempt_at limit ${WINDOW}::integer) seen
        where endpoint.state = 'enabled'
      ), ranked as (
        select id, busy, at, room, row_number() over (partition by endpoint_id, busy order by at, id) as place,
          count(*) filter (where busy) over (partition by endpoint_id) as working
        from due
      ), chosen as (
        select id from ranked where not busy and place + working <= room order by place, at limit ${most}::integer
      ), taken as (
        select job.id from pgboss.job job where job.name = 'webhook' and job.id in (select id from chosen) and ${FREE}
        for update skip locked
      ), claimed as (
        update pgboss.job job set state = 'active', started_on = now(), retry_count = job.retry_count + 1 from taken
        where job.name = 'webhook' and job.id = taken.id returning job.id, job.retry_count
      )
      select claimed.id, claimed.retry_count as claim, delivery.attempts - delivery.round_start as tries, event.id as "eventId", event.type, event.body,
        endpoint.id as "endpointId", endpoint.url, endpoint.secret, case when endpoint.previous_until > now() then endpoint.previous_secret end as "previousSecret"
      from claimed join webhook_deliveries delivery on delivery.id = claimed.id join webhook_events event on event.id = delivery.event_id
      join webhook_endpoints endpoint on endpoint.id = delivery.endpoint_id`);
  }

  /**
   * Writes what a try has come to: the log, the next try or the end, and what it says of the endpoint, in one statement.
   * Whoever was taken for dead meanwhile only adds to the log, and a delivery that arrived is one, whoever made it.
   */
  async record({ delivery, verdict, durationMs, status, error, answer }: Attempt): Promise<{ disabled: boolean }> {
    const { id, claim, endpointId } = delivery;
    const arrived = verdict.kind === 'delivered';
    const again = verdict.kind === 'retry';
    const reason = verdict.kind === 'dead' ? verdict.reason : null;
    const afterSeconds = again ? verdict.afterSeconds : 0;
    const gone = reason === 'gone';
    const [row] = await this.database.queryAlone<{ disabled: boolean }>(sql`
      with own as (
        select id from pgboss.job where name = 'webhook' and id = ${id}::uuid and state = 'active' and retry_count = ${claim}::integer for update
      ), moved as (
        select (exists (select from own) or ${arrived}) as yes
      ), delivery as (
        update webhook_deliveries set attempts = attempts + 1, last_status = ${status}::integer,
          state = case when not moved.yes or ${again} then state when ${arrived} then 'delivered' else 'dead' end,
          reason = case when moved.yes then ${reason}::text else reason end,
          next_attempt_at = case when moved.yes then ${NOW} + make_interval(secs => ${afterSeconds}::double precision) else next_attempt_at end,
          ended_at = case when moved.yes and not ${again} then ${NOW} else ended_at end
        from moved where webhook_deliveries.id = ${id}::uuid and state = 'pending'
        returning webhook_deliveries.id, tenant_id, attempts, next_attempt_at
      ), logged as (
        insert into webhook_attempts (delivery_id, number, tenant_id, at, duration_ms, outcome, status, error, answer)
        select id, attempts, tenant_id, ${NOW} - make_interval(secs => ${durationMs / 1_000}::double precision), ${Math.round(durationMs)}::integer,
          ${arrived ? 'delivered' : 'failed'}::text, ${status}::integer, ${error}::text, ${answer}::text from delivery
      ), rescheduled as (
        update pgboss.job set state = 'retry', start_after = delivery.next_attempt_at from delivery, own
        where name = 'webhook' and pgboss.job.id = own.id and ${again}
      ), ended as (
        delete from pgboss.job using moved where name = 'webhook' and id = ${id}::uuid and moved.yes and not ${again}
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

  /** Gives a try back that was given up: the next look of anybody takes it. */
  async release({ id, claim }: ClaimedDelivery): Promise<void> {
    await this.database.queryAlone(sql`
      update pgboss.job set state = 'retry' where name = 'webhook' and id = ${id} and state = 'active' and retry_count = ${claim}`);
  }

  /** What waits for an endpoint that is disabled becomes a dead letter, apart from what is on its way right now. */
  async endDisabled(): Promise<void> {
    await this.database.queryAlone(sql`
      with dead as (
        update webhook_deliveries delivery set state = 'dead', reason = 'disabled', ended_at = ${NOW}
        from webhook_endpoints endpoint, pgboss.job job
        where endpoint.id = delivery.endpoint_id and endpoint.state = 'disabled' and delivery.state = 'pending'
          and job.name = 'webhook' and job.id = delivery.id and (job.state < 'active' or job.started_on + job.expire_in <= now())
        returning delivery.id
      )
      delete from pgboss.job where name = 'webhook' and id in (select id from dead)`);
  }

  /** Whether this try is the one too many, seen from the row before it. */
  private disables(arrived: boolean, gone: boolean): Sql {
    const { WEBHOOK_DISABLE_DAYS: days } = this.config.env;
    return sql`(not ${arrived} and (${gone} or failures + 1 >= ${FAILURES_MIN}::integer
      and coalesce(failing_since, now()) <= now() - make_interval(days => ${days}::integer)))`;
  }
}

import { Injectable } from '@nestjs/common';
import { Database, cte, newId, sql, withCtes, type Sql } from '@assent/platform';
import type { DeliveryRecord } from './delivery.record';

export interface DeliveryFilter {
  /** null: of all endpoints. */
  readonly endpointId: string | null;
  readonly state: DeliveryRecord['state'] | null;
  readonly type: string | null;
  readonly from: Date | null;
  /** Not included. */
  readonly to: Date | null;
  /** The last delivery of the previous page. */
  readonly before: { readonly at: Date; readonly id: string } | null;
  readonly limit: number;
}

export interface Replay {
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  /** null: the events of the endpoint. */
  readonly events: readonly string[] | null;
}

/** The result of a replay. */
export interface Replayed {
  readonly queued: number;
  /** Time of the last queued event; null: there was none. */
  readonly last: Date | null;
}

/** Backlog of deliveries over all tenants. */
export interface DeliveryStats {
  readonly pending: number;
  /** Seconds by which the oldest due delivery is late. */
  readonly oldestSeconds: number;
  readonly dead: number;
}

/** The deliveries of a removed endpoint count as removed, although they are deleted later. */
const NOT_REMOVED: Sql = sql`and exists (select from webhook_endpoints where id = delivery.endpoint_id and state <> 'removed')`;
/** Type of the events of `POST /webhooks/{id}/test`; a replay excludes them. */
export const TEST_EVENT = 'webhook.test';

const NOW: Sql = sql`date_trunc('milliseconds', now())`;
/** Ended deliveries that one housekeeping statement removes. */
const PURGE_AT_ONCE = 1_000;

const SELECT: Sql = sql`select delivery.id, delivery.endpoint_id as "endpointId", delivery.event_id as "eventId", event.type, delivery.state, delivery.reason,
  delivery.attempts, delivery.last_status as "lastStatus", delivery.created_at as "createdAt", delivery.next_attempt_at as "nextAttemptAt",
  delivery.ended_at as "endedAt", coalesce(log.attempts, '[]') as log
  from webhook_deliveries delivery join webhook_events event on event.id = delivery.event_id left join lateral (
    select json_agg(json_build_object('number', number, 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'durationMs', duration_ms, 'outcome', outcome, 'status', status, 'error', error, 'answer', answer) order by number) as attempts
    from webhook_attempts where delivery_id = delivery.id) log on true`;

/**
 * Increases the fence, so that an attempt in flight cannot end the new round. A pending delivery without a fence stays
 * a job of the previous version until it is taken over.
 */
const QUEUED: Sql = sql`case when webhook_deliveries.state = 'pending' then webhook_deliveries.fence + 1 else coalesce(webhook_deliveries.fence, 0) end`;

/** Deliveries and their log, one statement per method. */
@Injectable()
export class DeliveryRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string, id: string): Promise<DeliveryRecord | undefined> {
    const rows = await this.database.query<DeliveryRecord>(
      sql`${SELECT} where delivery.id = ${id} and delivery.tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  /** The event that a delivery carries. */
  async body(tenantId: string, id: string): Promise<string | undefined> {
    const rows = await this.database.query<{ body: string }>(sql`select event.body
      from webhook_deliveries delivery join webhook_events event on event.id = delivery.event_id
      where delivery.id = ${id} and delivery.tenant_id = ${tenantId}`);
    return rows[0]?.body;
  }

  /** Newest first. */
  list(
    tenantId: string,
    { endpointId, state, type, from, to, before, limit }: DeliveryFilter,
  ): Promise<DeliveryRecord[]> {
    return this.database.query<DeliveryRecord>(sql`${SELECT} where delivery.tenant_id = ${tenantId}
      ${endpointId === null ? NOT_REMOVED : sql`and delivery.endpoint_id = ${endpointId}`}
      ${state === null ? sql`` : sql`and delivery.state = ${state}`} ${type === null ? sql`` : sql`and event.type = ${type}`}
      ${from === null ? sql`` : sql`and delivery.created_at >= ${from}::timestamptz`}
      ${to === null ? sql`` : sql`and delivery.created_at < ${to}::timestamptz`}
      ${before === null ? sql`` : sql`and (delivery.created_at, delivery.id) < (${before.at}::timestamptz, ${before.id}::uuid)`}
      order by delivery.created_at desc, delivery.id desc limit ${limit}`);
  }

  /**
   * Restarts the schedule now, with the same id and bytes.
   * @returns false if its endpoint is disabled or does not exist
   */
  async redeliver(tenantId: string, id: string): Promise<boolean> {
    const rows = await this.database.query(sql`
      update webhook_deliveries set state = 'pending', reason = null, ended_at = null, fence = ${QUEUED}, round_start = attempts, next_attempt_at = ${NOW}
      from webhook_endpoints endpoint where webhook_deliveries.id = ${id}::uuid and webhook_deliveries.tenant_id = ${tenantId}
        and endpoint.id = webhook_deliveries.endpoint_id and endpoint.state = 'enabled'
      returning webhook_deliveries.id`);
    return rows.length > 0;
  }

  /**
   * Queues the events of a period again, including those that the endpoint never received; oldest first, up to `limit`.
   */
  async replay(tenantId: string, endpointId: string, range: Replay & { readonly limit: number }): Promise<Replayed> {
    const picked = cte(
      'select_webhook_events',
      sql`select event.id, event.created_at from webhook_events event join webhook_endpoints endpoint
        on endpoint.id = ${endpointId}::uuid and endpoint.tenant_id = event.tenant_id and endpoint.state = 'enabled'
      where ${inRange(tenantId, range)} order by event.created_at, event.id limit ${range.limit}::integer`,
    );
    const queued = cte(
      'insert_webhook_deliveries',
      sql`insert into webhook_deliveries
        (id, tenant_id, event_id, endpoint_id, state, attempts, round_start, fence, created_at, next_attempt_at)
      select gen_random_uuid(), ${tenantId}::text, id, ${endpointId}::uuid, 'pending', 0, 0, 0, ${NOW}, ${NOW} from ${picked}
      on conflict (event_id, endpoint_id) do update set state = 'pending', reason = null, ended_at = null, fence = ${QUEUED},
        round_start = webhook_deliveries.attempts, next_attempt_at = excluded.next_attempt_at
      returning id`,
    );
    const [row] = await this.database.query<Replayed>(
      withCtes(
        [picked, queued],
        sql`select (select count(*)::integer from ${queued}) as queued, (select max(created_at) from ${picked}) as last`,
      ),
    );
    return row ?? { queued: 0, last: null };
  }

  /** How many events a replay of the whole period would queue. */
  async countReplay(tenantId: string, endpointId: string, range: Replay): Promise<number> {
    const rows = await this.database.query<{ count: number }>(sql`select count(*)::integer as count
      from webhook_events event join webhook_endpoints endpoint on endpoint.id = ${endpointId}::uuid and endpoint.tenant_id = event.tenant_id
      where ${inRange(tenantId, range)}`);
    return rows[0]?.count ?? 0;
  }

  /**
   * Queues an event for one endpoint only.
   * @returns the id of its delivery; undefined: there is no such enabled endpoint
   */
  async test(tenantId: string, endpointId: string): Promise<string | undefined> {
    const eventId = newId();
    const made = cte(
      'insert_webhook_events',
      sql`insert into webhook_events (id, tenant_id, type, body, created_at)
      select ${eventId}::uuid, tenant_id, ${TEST_EVENT}::text, json_build_object('type', ${TEST_EVENT}::text,
        'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', json_build_object('webhookId', id))::text, ${NOW}
      from webhook_endpoints where id = ${endpointId}::uuid and tenant_id = ${tenantId} and state = 'enabled' returning id, tenant_id, created_at`,
    );
    const queued = cte(
      'insert_webhook_deliveries',
      sql`insert into webhook_deliveries
        (id, tenant_id, event_id, endpoint_id, state, attempts, round_start, fence, created_at, next_attempt_at)
      select ${newId()}::uuid, tenant_id, id, ${endpointId}::uuid, 'pending', 0, 0, 0, created_at, created_at from ${made}
      returning id`,
    );
    const [row] = await this.database.query<{ id: string }>(withCtes([made, queued], sql`select id from ${queued}`));
    return row?.id;
  }

  /**
   * Removes deliveries past their retention, and those of removed endpoints.
   * @returns whether there are more
   */
  async purge(days: number): Promise<boolean> {
    const [row] = await this.database.queryDedicated<{ removed: number }>(sql`
      with old as (
        (select id from webhook_deliveries where ended_at < now() - make_interval(days => ${days}::integer) limit ${PURGE_AT_ONCE}::integer)
        union
        (select delivery.id from webhook_endpoints endpoint join webhook_deliveries delivery on delivery.endpoint_id = endpoint.id
          where endpoint.state = 'removed' limit ${PURGE_AT_ONCE}::integer)
      ), attempts as (
        delete from webhook_attempts where delivery_id in (select id from old)
      ), removed as (
        delete from webhook_deliveries where id in (select id from old) returning id
      )
      select count(*)::integer as removed from removed`);
    return (row?.removed ?? 0) >= PURGE_AT_ONCE;
  }

  async purgeEndpoints(): Promise<void> {
    await this.database.queryDedicated(sql`
      delete from webhook_endpoints endpoint where state = 'removed' and updated_at < now() - interval '1 minute'
        and not exists (select from webhook_deliveries where endpoint_id = endpoint.id)`);
  }

  /** Deletes expired events without deliveries, and callback ids that are too old to be replayed. */
  async purgeEvents(days: number, callbackSeconds: number): Promise<void> {
    await this.database.queryDedicated(sql`
      delete from webhook_events event where created_at < now() - make_interval(days => ${days}::integer)
        and not exists (select from webhook_deliveries where event_id = event.id)`);
    await this.database.queryDedicated(
      sql`delete from webhook_callbacks where created_at < now() - make_interval(secs => ${callbackSeconds}::integer)`,
    );
  }

  async stats(): Promise<DeliveryStats> {
    const [row] = await this.database.query<DeliveryStats>(sql`
      select count(*) filter (where state = 'pending')::integer as pending, count(*) filter (where state = 'dead')::integer as dead,
        coalesce(extract(epoch from now() - min(next_attempt_at) filter (where state = 'pending' and next_attempt_at <= now())), 0)::double precision as "oldestSeconds"
      from webhook_deliveries where state in ('pending', 'dead')`);
    return row ?? { pending: 0, oldestSeconds: 0, dead: 0 };
  }
}

/** The condition of a replay on `event` and `endpoint`. */
function inRange(tenantId: string, { from, to, events }: Replay): Sql {
  return sql`event.tenant_id = ${tenantId} and event.created_at >= ${from}::timestamptz and event.created_at < ${to}::timestamptz
    and event.type <> ${TEST_EVENT} and coalesce(${events}::text[], endpoint.events) && array[event.type, '*']`;
}

import { WEBHOOK_FRAMES, type NewFrame, type WebhookEvent } from '@assent/contract';
import { Sql, cte, sql, type Cte } from '../database/sql';
import { newId } from '../ids';
import { insertJobs } from '../jobs/insert-jobs';

const TOLD: ReadonlySet<string> = new Set(WEBHOOK_FRAMES);

/** RFC 3339 with milliseconds, as `Date.toISOString` writes it. */
function timestamp(at: Sql): Sql {
  return sql`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export function isWebhookFrame({ type }: Pick<NewFrame, 'type'>): boolean {
  return TOLD.has(type);
}

/**
 * The webhook events of a run's frames, as parts of the statement that commits the frames: id and body bytes are what is
 * stored here, at every attempt. A commit without such frames has no part of it.
 * @param bodies the frames' bodies as they are stored
 */
export function publishFrames(frames: readonly NewFrame[], bodies: readonly string[]): Cte[] {
  const rows = frames.flatMap((frame, index) => {
    if (!isWebhookFrame(frame)) return [];
    const place = frames.length - 1 - index;
    return [
      `{"id":"${newId()}","type":"${frame.type}","step":${frame.step},"place":${place},"body":${bodies[index] ?? '{}'}}`,
    ];
  });
  if (rows.length === 0) return [];
  return [
    cte(
      'published',
      sql`insert into webhook_events (id, tenant_id, type, body, created_at)
        select e.id, held."tenantId", e.type,
          '{"type":"' || e.type || '","timestamp":"' || ${timestamp(sql`held."updatedAt"`)} || '","data":{"runId":"' || held.id ||
          '","seq":' || held.seq - e.place || ',"step":' || e.step || ',"clientTraceId":' || coalesce(to_json(held."clientTraceId")::text, 'null') ||
          coalesce(',"traceparent":' || to_json(held.traceparent)::text, '') ||
          ',' || substr(e.body::text, 2) || '}', held."updatedAt"
        from held, json_to_recordset(${`[${rows.join(',')}]`}::json) as e (id uuid, type text, step integer, place integer, body json)
        where exists (select from webhook_endpoints where tenant_id = held."tenantId")
        returning id, tenant_id, type, created_at`,
    ),
    ...fanOut(),
  ];
}

export interface TenantEvent {
  readonly tenantId: string;
  readonly type: WebhookEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * A webhook event of a change without a run, as parts of the statement that makes the change.
 * @param from name of the part that makes the change; no row of it, no event
 */
export function publishEvent({ tenantId, type, data }: TenantEvent, from: string): Cte[] {
  return [
    cte(
      'published',
      sql`insert into webhook_events (id, tenant_id, type, body, created_at)
        select ${newId()}::uuid, ${tenantId}::text, ${type}::text,
          '{"type":"' || ${type}::text || '","timestamp":"' || ${timestamp(sql`now()`)} || '","data":' || ${JSON.stringify(data)}::text || '}',
          date_trunc('milliseconds', now())
        where exists (select from ${new Sql([from], [])}) and exists (select from webhook_endpoints where tenant_id = ${tenantId}::text)
        returning id, tenant_id, type, created_at`,
    ),
    ...fanOut(),
  ];
}

/** One delivery, and its job, for each endpoint that wants the event. */
function fanOut(): Cte[] {
  return [
    cte(
      'queued',
      sql`insert into webhook_deliveries (id, tenant_id, event_id, endpoint_id, state, attempts, round_start, created_at, next_attempt_at)
        select gen_random_uuid(), e.tenant_id, e.id, endpoint.id, 'pending', 0, 0, e.created_at, e.created_at
        from published e join webhook_endpoints endpoint on endpoint.tenant_id = e.tenant_id and endpoint.state = 'enabled'
          and endpoint.events && array[e.type, '*']
        returning id, endpoint_id, next_attempt_at`,
    ),
    cte(
      'jobs',
      sql`select id, jsonb_build_object('deliveryId', id) as data, endpoint_id::text as key, next_attempt_at as start_after from queued`,
    ),
    insertJobs('webhook', 'jobs'),
  ];
}

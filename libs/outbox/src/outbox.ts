import { WEBHOOK_FRAMES, type NewFrame, type WebhookEvent } from '@assent/contract';
import { RUN, cte, newId, sql, type Cte, type Reference, type Sql } from '@assent/platform';

const WEBHOOK_FRAME_TYPES: ReadonlySet<string> = new Set(WEBHOOK_FRAMES);

/** RFC 3339 with milliseconds, as `Date.toISOString` writes it. */
function timestamp(at: Sql): Sql {
  return sql`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

function isWebhookFrame({ type }: Pick<NewFrame, 'type'>): boolean {
  return WEBHOOK_FRAME_TYPES.has(type);
}

/**
 * The webhook events of a run's frames, as parts of the statement that commits the frames: every attempt sends the id
 * and the body bytes that are stored here. Without such frames there are no parts.
 * @param bodies the frames' bodies as they are stored
 */
export function publishFrames(frames: readonly NewFrame[], bodies: readonly string[]): Cte[] {
  const rows = frames.flatMap((frame, index) => {
    if (!isWebhookFrame(frame)) return [];
    const place = frames.length - 1 - index;
    return [
      `{"id":"${newId()}","type":"${frame.type}","step":${frame.step},"place":${place},"body":${dataOf(frame, bodies[index])}}`,
    ];
  });
  if (rows.length === 0) return [];
  const now = RUN.column('updatedAt');
  const published = cte(
    'insert_webhook_events',
    sql`insert into webhook_events (id, tenant_id, type, body, created_at)
      select e.id, ${RUN.column('tenantId')}, e.type,
        '{"type":"' || e.type || '","timestamp":"' || ${timestamp(now)} || '","data":{"runId":"' || ${RUN.column('id')} ||
        '","seq":' || ${RUN.column('seq')} - e.place || ',"step":' || e.step || ',"clientTraceId":' || coalesce(to_json(${RUN.column('clientTraceId')})::text, 'null') ||
        coalesce(',"traceparent":' || to_json(${RUN.column('traceparent')})::text, '') ||
        ',' || substr(e.body::text, 2) || '}', ${now}
      from ${RUN}, json_to_recordset(${`[${rows.join(',')}]`}::json) as e (id uuid, type text, step integer, place integer, body json)
      where exists (select from webhook_endpoints where tenant_id = ${RUN.column('tenantId')})
      returning id, tenant_id, type, created_at`,
  );
  return [published, fanOut(published)];
}

/** The body of the frame, with the data that only webhooks receive. */
function dataOf({ body, webhook }: NewFrame, stored = '{}'): string {
  return webhook === undefined ? stored : JSON.stringify({ ...body, ...webhook });
}

export interface TenantEvent {
  readonly tenantId: string;
  readonly type: WebhookEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * A webhook event of a change without a run, as parts of the statement that makes the change.
 * @param from the part that makes the change; without a row of it there is no event
 */
export function publishEvent({ tenantId, type, data }: TenantEvent, from: Reference): Cte[] {
  const published = cte(
    'insert_webhook_events',
    sql`insert into webhook_events (id, tenant_id, type, body, created_at)
      select ${newId()}::uuid, ${tenantId}::text, ${type}::text,
        '{"type":"' || ${type}::text || '","timestamp":"' || ${timestamp(sql`now()`)} || '","data":' || ${JSON.stringify(data)}::text || '}',
        date_trunc('milliseconds', now())
      where exists (select from ${from}) and exists (select from webhook_endpoints where tenant_id = ${tenantId}::text)
      returning id, tenant_id, type, created_at`,
  );
  return [published, fanOut(published)];
}

/** Whether a statement has queued a delivery. @param published its parts of `publishFrames` or `publishEvent` */
export function hasDeliveries(published: readonly Cte[]): Sql {
  const deliveries = published.at(-1);
  return deliveries ? sql`exists (select from ${deliveries})` : sql`false`;
}

/** One delivery for each endpoint that wants the event. */
function fanOut(published: Reference): Cte {
  return cte(
    'insert_webhook_deliveries',
    sql`insert into webhook_deliveries (id, tenant_id, event_id, endpoint_id, state, attempts, round_start, fence, created_at, next_attempt_at)
      select gen_random_uuid(), e.tenant_id, e.id, endpoint.id, 'pending', 0, 0, 0, e.created_at, e.created_at
      from ${published} e join webhook_endpoints endpoint on endpoint.tenant_id = e.tenant_id and endpoint.state = 'enabled'
        and endpoint.events && array[e.type, '*']
      returning event_id`,
  );
}

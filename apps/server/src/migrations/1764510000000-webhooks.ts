import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Webhooks: subscriptions to events, the events as they are sent, deliveries, their attempts, and accepted callbacks.
 */
export class Webhooks1764510000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table webhook_callbacks, webhook_attempts, webhook_deliveries, webhook_events, webhook_endpoints',
    );
  }
}

const UP = [
  `create table webhook_endpoints (
    id uuid not null,
    tenant_id text not null,
    url text not null,
    events text[] not null,
    description text,
    state text not null,
    disabled_reason text,
    secret text not null,
    previous_secret text,
    previous_until timestamp(3) with time zone,
    callback_secret text,
    callback_roles text[] not null default '{}',
    failures integer not null default 0,
    failing_since timestamp(3) with time zone,
    created_by text not null,
    created_at timestamp(3) with time zone not null,
    updated_at timestamp(3) with time zone not null,
    constraint webhook_endpoints_pkey primary key (id)
  )`,
  // Every commit with an event checks whether its tenant has any webhook.
  `create index webhook_endpoints_tenant on webhook_endpoints (tenant_id, id)`,
  // Text, not json: these are the bytes that are signed and sent.
  `create table webhook_events (
    id uuid not null,
    tenant_id text not null,
    type text not null,
    body text not null,
    created_at timestamp(3) with time zone not null,
    constraint webhook_events_pkey primary key (id)
  )`,
  `create index webhook_events_tenant on webhook_events (tenant_id, created_at)`,
  `create index webhook_events_age on webhook_events (created_at)`,
  `create table webhook_deliveries (
    id uuid not null,
    tenant_id text not null,
    event_id uuid not null,
    endpoint_id uuid not null,
    state text not null,
    reason text,
    attempts integer not null,
    round_start integer not null,
    last_status integer,
    created_at timestamp(3) with time zone not null,
    next_attempt_at timestamp(3) with time zone,
    ended_at timestamp(3) with time zone,
    constraint webhook_deliveries_pkey primary key (id)
  )`,
  `create unique index webhook_deliveries_event on webhook_deliveries (event_id, endpoint_id)`,
  `create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, created_at, id)`,
  `create index webhook_deliveries_pending on webhook_deliveries (endpoint_id, next_attempt_at) where state = 'pending'`,
  `create index webhook_deliveries_ended on webhook_deliveries (ended_at) where ended_at is not null`,
  `create index webhook_deliveries_dead on webhook_deliveries (ended_at) where state = 'dead'`,
  `create table webhook_attempts (
    delivery_id uuid not null,
    number integer not null,
    tenant_id text not null,
    at timestamp(3) with time zone not null,
    duration_ms integer not null,
    outcome text not null,
    status integer,
    error text,
    answer text,
    constraint webhook_attempts_pkey primary key (delivery_id, number)
  )`,
  `create table webhook_callbacks (
    endpoint_id uuid not null,
    message_id text not null,
    tenant_id text not null,
    approval_id uuid not null,
    receipt uuid not null,
    created_at timestamp(3) with time zone not null,
    constraint webhook_callbacks_pkey primary key (endpoint_id, message_id)
  )`,
  `create index webhook_callbacks_age on webhook_callbacks (created_at)`,
];

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Subscriptions of MCP clients to events. */
export class EventSubscriptions1766700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table event_subscriptions (
      tenant_id text not null,
      id text not null,
      subject text not null,
      name text not null,
      arguments text not null,
      run_id uuid,
      url text not null,
      secret text not null,
      previous_secret text,
      previous_until timestamp(3) with time zone,
      credential text not null,
      scopes text[] not null,
      credential_expires_at timestamp(3) with time zone,
      position integer not null,
      not_before timestamp(3) with time zone,
      is_active boolean not null,
      attempts integer not null,
      next_attempt_at timestamp(3) with time zone not null,
      fence integer not null,
      lease_until timestamp(3) with time zone,
      last_error text,
      failing_since timestamp(3) with time zone,
      last_delivery_at timestamp(3) with time zone,
      created_at timestamp(3) with time zone not null,
      expires_at timestamp(3) with time zone not null,
      constraint event_subscriptions_pkey primary key (tenant_id, id)
    )`);
    await runner.query('create index event_subscriptions_expiry on event_subscriptions (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table event_subscriptions');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Webhook deliveries are claimed in their own table. The previous version claims the jobs in `pgboss.job` and may
 * continue alone after this migration. Its queued jobs are therefore not moved here but by `take_over_webhook_jobs`,
 * which this version calls while it runs (docs/adr/0015). The next version removes both functions.
 */
export class DeliveryLeases1765800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      "do $$ begin if to_regclass('pgboss.job') is not null then perform give_back_webhook_jobs(); end if; end $$",
    );
    await runner.query('drop function take_over_webhook_jobs(), give_back_webhook_jobs()');
    await runner.query('alter table webhook_deliveries drop column lease_until, drop column fence');
  }
}

const UP = [
  // Null: queued by the previous version, which omits the column.
  `alter table webhook_deliveries add column lease_until timestamp(3) with time zone, add column fence integer`,
  // In batches, so that no call takes long. A job that the previous version is sending stays there until it has ended
  // or its worker counts as dead.
  `create function take_over_webhook_jobs() returns integer language plpgsql as $$
    declare
      taken integer;
    begin
      if to_regclass('pgboss.job') is null then return 0; end if;
      with jobs as (
        delete from pgboss.job where name = 'webhook' and id in (
          select id from pgboss.job where name = 'webhook' and (state <> 'active' or started_on + expire_in <= now())
          limit 1000 for update skip locked) returning id
      )
      update webhook_deliveries set fence = 0 from jobs
      where webhook_deliveries.id = jobs.id and fence is null and webhook_deliveries.state = 'pending';
      get diagnostics taken = row_count;
      return taken;
    end
  $$`,
  `create function give_back_webhook_jobs() returns integer language plpgsql as $$
    declare
      given integer;
    begin
      with given_back as (
        update webhook_deliveries set fence = null, lease_until = null where state = 'pending' and fence is not null
        returning id, endpoint_id, next_attempt_at
      )
      insert into pgboss.job (id, name, data, singleton_key, start_after, retry_limit, retry_delay, retry_backoff, expire_in, keep_until)
      select id, 'webhook', jsonb_build_object('deliveryId', id), endpoint_id::text, next_attempt_at, 1000000, 1, true,
        interval '30 seconds', 'infinity' from given_back
      on conflict (name, id) do nothing;
      get diagnostics given = row_count;
      return given;
    end
  $$`,
];

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Serves the list of the deliveries of all webhooks. */
export class DeliveryListing1766000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index webhook_deliveries_tenant on webhook_deliveries (tenant_id, created_at, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index webhook_deliveries_tenant');
  }
}

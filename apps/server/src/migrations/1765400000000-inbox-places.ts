import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Serves reading the events without a sequence number in the order in which they were written. */
export class InboxPlaces1765400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop index approval_events_new');
    await runner.query('create index approval_events_new on approval_events (tenant_id, place) where seq is null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index approval_events_new');
    await runner.query('create index approval_events_new on approval_events (tenant_id) where seq is null');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps the order of an approval's events, even within one millisecond. */
export class ApprovalEvents1764410000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approval_events add column place bigint generated always as identity');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approval_events drop column place');
  }
}

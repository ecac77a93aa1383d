import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The people behind the request for an approval without a run; for a run they are stored with the run. */
export class RequesterIssuers1765700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approvals add column issuers text[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approvals drop column issuers');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why the run chose the action that an approval is about. */
export class ApprovalRationale1765920000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approvals add column rationale json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approvals drop column rationale');
  }
}

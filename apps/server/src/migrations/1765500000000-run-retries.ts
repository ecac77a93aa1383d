import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Why a phase is retried, the number of attempts, and the number of replicas that lost the run since its last progress.
 */
export class RunRetries1765500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table runs add attempts integer not null default 0, add takeovers integer not null default 0,
      add trouble json, add troubled_at timestamptz(3)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table runs drop column attempts, drop column takeovers, drop column trouble, drop column troubled_at',
    );
  }
}

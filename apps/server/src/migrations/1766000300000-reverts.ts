import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The applied diff that a run reverts; at most one open run for each diff. */
export class Reverts1766000300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs add column reverts uuid');
    await runner.query(`create unique index runs_reverting on runs (reverts)
      where reverts is not null and state in ('queued', 'running', 'waiting')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index runs_reverting');
    await runner.query('alter table runs drop column reverts');
  }
}

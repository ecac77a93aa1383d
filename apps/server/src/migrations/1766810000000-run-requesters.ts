import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lists of one requester's runs, among very many of others. Not built concurrently: such a build waits for every snapshot
 * of the database, so a backup, or a replica that waits for the lock of the migration, would hold up the start. On a very
 * large database it is built by hand before (docs/upgrade.md).
 */
export class RunRequesters1766810000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index if not exists runs_requester on runs (tenant_id, requester, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index runs_requester');
  }
}

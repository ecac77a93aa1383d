import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lists of one requester's runs, among very many of others. */
export class RunRequesters1766810000000 implements MigrationInterface {
  /** Runs start and end while the index is built, which a transaction would not allow. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // An interrupted build leaves an index that is not used.
    await runner.query('drop index if exists runs_requester');
    await runner.query('create index concurrently runs_requester on runs (tenant_id, requester, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index runs_requester');
  }
}

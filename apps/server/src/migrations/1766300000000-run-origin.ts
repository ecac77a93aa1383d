import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the caller or a model chose the given actions of a run. */
export class RunOrigin1766300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table runs add column origin text not null default 'caller'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs drop column origin');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who chose the given actions of a run: its caller or a model. */
export class RunOrigin1766300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table runs add column origin text not null default 'caller'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs drop column origin');
  }
}

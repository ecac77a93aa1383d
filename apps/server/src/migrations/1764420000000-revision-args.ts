import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Arguments that a reviewer has changed, which the tool policy checks again before the effect. */
export class RevisionArgs1764420000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table diffs add column args json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table diffs drop column args');
  }
}

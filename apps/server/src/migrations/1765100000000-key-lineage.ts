import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an API key was made with, and ends with. Keys of an older version have no maker: they end by themselves only. */
export class KeyLineage1765100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table api_keys add column ancestors uuid[] not null default '{}', add column origin text`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table api_keys drop column ancestors, drop column origin');
  }
}

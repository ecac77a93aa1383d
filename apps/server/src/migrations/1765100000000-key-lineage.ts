import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The credential that created an API key, with which the key ends. Keys of an older version have none and end only by
 * their own expiry or revocation.
 */
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

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Marks the API keys that are sessions of the console. */
export class Sessions1766000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table api_keys add column is_session boolean not null default false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table api_keys drop column is_session');
  }
}

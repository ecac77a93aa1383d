import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The trace that a run belongs to, so that whoever goes on with it hours later goes on with its trace. */
export class Tracing1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs add column traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs drop column traceparent');
  }
}

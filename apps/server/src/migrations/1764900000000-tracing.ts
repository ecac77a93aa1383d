import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The trace that a run belongs to, so that a replica that resumes the run hours later continues its trace. */
export class Tracing1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs add column traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs drop column traceparent');
  }
}

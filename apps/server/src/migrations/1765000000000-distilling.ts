import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Marks the finished runs that a model has read. Runs from before a model was configured are read once there is one.
 */
export class Distilling1765000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table memory_experiences add column distilled boolean not null default false');
    await runner.query(
      'create index memory_experiences_undistilled on memory_experiences (tenant_id, run_id) where not distilled',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table memory_experiences drop column distilled');
  }
}

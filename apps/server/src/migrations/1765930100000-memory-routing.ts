import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Plans of the memory agent are applied without a person by default. Until now they needed approval: a tenant that has
 * fragments keeps this, as a setting that applies where the configuration sets nothing.
 */
export class MemoryRouting1765930100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`insert into feature_flags (tenant_id, flag, enabled, actor, updated_at)
      select distinct tenant_id, 'memory_routing', true, 'system:migration', now() from memory_fragments on conflict do nothing`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from feature_flags where flag = 'memory_routing' and actor = 'system:migration'`);
  }
}

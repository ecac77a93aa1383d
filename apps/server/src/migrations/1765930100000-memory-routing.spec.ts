import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { migrationOptions } from '../migrate';
import { MemoryRouting1765930100000 } from './1765930100000-memory-routing';

describe('the migration of memory_routing', () => {
  let database: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    source = await new DataSource(migrationOptions(database.url)).initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('keeps the approval of plans for tenants with fragments, unless they have set it themselves', async () => {
    const migration = new MemoryRouting1765930100000();
    const runner = source.createQueryRunner();
    const flags = () => runner.query('select tenant_id, enabled, actor from feature_flags order by tenant_id');
    for (const tenant of ['old', 'old', 'decided']) {
      await runner.query(
        `insert into memory_fragments (id, tenant_id, agent, status, text, text_hash, keys, tags, helpful, harmful, strength, version,
           provenance, document, created_at, updated_at)
         values (gen_random_uuid(), $1, 'robot', 'staged', 'Raise the pool', gen_random_uuid()::text, '{}', '{}', 0, 0, 2, 1, '[]',
           to_tsvector('english', 'Raise the pool'), now(), now())`,
        [tenant],
      );
    }
    await runner.query(
      `insert into feature_flags (tenant_id, flag, enabled, actor, updated_at) values ('decided', 'memory_routing', false, 'ann', now())`,
    );
    expect(await flags()).toEqual([{ tenant_id: 'decided', enabled: false, actor: 'ann' }]);
    await migration.up(runner);
    expect(await flags()).toEqual([
      { tenant_id: 'decided', enabled: false, actor: 'ann' },
      { tenant_id: 'old', enabled: true, actor: 'system:migration' },
    ]);
    await migration.down(runner);
    expect(await flags()).toEqual([{ tenant_id: 'decided', enabled: false, actor: 'ann' }]);
    await runner.release();
  });
});

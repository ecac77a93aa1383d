import { MigratedDatabase } from '@assent/test-support/migrated-database';
import { MemoryRouting1765930100000 } from './1765930100000-memory-routing';

describe('the migration of memory_routing', () => {
  let database: MigratedDatabase;

  beforeAll(async () => {
    database = await MigratedDatabase.create();
  });
  afterAll(() => database.close());

  it('keeps the approval of plans for tenants with fragments, unless they have set it themselves', async () => {
    const migration = new MemoryRouting1765930100000();
    const { runner } = database;
    const flags = () => runner.query('select tenant_id, enabled, actor from feature_flags order by tenant_id');
    for (const tenant of ['old', 'old', 'decided']) {
      await database.insertFragment({ tenant, status: 'staged', text: 'Raise the pool' });
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
  });
});

import { Pool } from 'pg';
import { AuditService, ChainRepository } from '@assent/audit';
import { Database } from '@assent/platform';
import { MigratedDatabase } from '@assent/test-support/migrated-database';
import { Audit1764500000000 } from './1764500000000-audit';

describe('the migration of the audit', () => {
  let database: MigratedDatabase;

  beforeAll(async () => {
    database = await MigratedDatabase.create();
  });
  afterAll(() => database.close());

  it('chains what the version before has written, tenant by tenant, and goes on from there', async () => {
    const migration = new Audit1764500000000();
    const { runner } = database;
    const insert = (tenant: string, at: string) =>
      runner.query(
        `insert into audit_log (id, tenant_id, action, actor, subject_type, subject_id, hash, detail, created_at)
         values (gen_random_uuid(), $1, 'approval.approve', 'reviewer', 'approval', 'x', 'sha256:0', '{"a":  1}', $2)`,
        [tenant, at],
      );
    await migration.down(runner);
    for (const [tenant, at] of [
      ['b', '2026-01-01T00:00:02Z'],
      ['a', '2026-01-01T00:00:01Z'],
      ['b', '2026-01-01T00:00:01Z'],
    ] as const) {
      await insert(tenant, at);
    }
    await runner.startTransaction();
    await migration.up(runner);
    await runner.commitTransaction();
    await insert('b', '2026-01-01T00:00:03Z');

    const store = new Database(new Pool({ connectionString: database.url }));
    const chains = new ChainRepository(store);
    const service = new AuditService(chains);
    expect(await chains.tenants()).toEqual(['a', 'b']);
    const verdicts = await Promise.all([service.verify('a'), service.verify('b')]);
    expect(verdicts.map(({ head, problems }) => [head.position, problems])).toEqual([
      [1, []],
      [3, []],
    ]);
    const lines = await chains.page('b', 0, 10);
    expect(lines.map(({ createdAt }) => createdAt.slice(17, 19))).toEqual(['01', '02', '03']);
    await store.close();
  });
});

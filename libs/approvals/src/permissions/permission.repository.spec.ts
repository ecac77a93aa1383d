import { Pool } from 'pg';
import { Database } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { PermissionRepository } from './permission.repository';

const APPROVAL = '00000000-0000-7000-8000-000000000001';

describe('answers that allow', () => {
  let own: TestDatabase;
  let pool: Pool;
  let database: Database;
  let permissions: PermissionRepository;

  beforeAll(async () => {
    own = await createTestDatabase();
    pool = new Pool({ connectionString: own.url });
    database = new Database(pool);
    permissions = new PermissionRepository(database);
  });
  beforeEach(async () => {
    await pool.query('delete from agent_permissions');
    await pool.query('insert into agent_permissions (approval_id, tenant_id, input_mac) values ($1, $2, $3)', [
      APPROVAL,
      't',
      'mac',
    ]);
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  const claim = () => permissions.claim('t', APPROVAL);
  const use = (claimedAt: Date | null) => permissions.use('t', APPROVAL, claimedAt ?? new Date(0));
  const served = async (claimedAt: Date | null, isWhole: boolean) => {
    await use(claimedAt);
    await permissions.served('t', APPROVAL, claimedAt ?? new Date(0), isWhole);
  };
  /** As if the answer in progress had been begun long ago. */
  const stall = async () => {
    await pool.query(`update agent_permissions set served_at = now() - interval '1 hour'`);
    const { rows } = await pool.query<{ at: Date }>('select served_at as at from agent_permissions');
    return rows[0]?.at ?? null;
  };

  it('are begun by one at a time', async () => {
    expect(await claim()).toBeInstanceOf(Date);
    expect(await claim()).toBeNull();
  });

  it('are given once when they were written completely', async () => {
    await served(await claim(), true);
    expect(await claim()).toBeNull();
  });

  it('are not given again when nobody knows whether they were written', async () => {
    expect(await use(await claim())).toBe(true);
    await stall();
    expect(await claim()).toBeNull();
  });

  it('are given again when they were begun and certainly not written', async () => {
    await claim();
    const stalled = await stall();
    expect(await claim()).toBeInstanceOf(Date);
    expect(await use(stalled)).toBe(false);
  });

  it('are begun again after one that was broken off', async () => {
    await served(await claim(), false);
    expect(await claim()).toBeInstanceOf(Date);
  });

  it('go on when an older one breaks off late', async () => {
    await claim();
    const stalled = await stall();
    await claim();
    await served(stalled, false);
    expect(await claim()).toBeNull();
  });
});

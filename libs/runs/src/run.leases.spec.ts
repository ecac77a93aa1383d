import { Pool } from 'pg';
import { Histogram } from 'prom-client';
import { Database, type Config } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { RunLeases } from './run.leases';
import type { RunMetrics } from './run.metrics';

const LEASE_SECONDS = 12;
const FIRST = '01890000-0000-7000-8000-0000000000a1';
const SECOND = '01890000-0000-7000-8000-0000000000a2';

interface Stored {
  readonly state: string;
  readonly owner: string | null;
  readonly fence: number;
  readonly takeovers: number;
  readonly isHeld: boolean;
}

describe('RunLeases', () => {
  let own: TestDatabase;
  let pool: Pool;
  let database: Database;
  let first: RunLeases;
  let second: RunLeases;

  beforeAll(async () => {
    own = await createTestDatabase();
    pool = new Pool({ connectionString: own.url });
    database = new Database(pool);
    first = replica(FIRST);
    second = replica(SECOND);
  });
  afterEach(() => pool.query('delete from runs'));
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  function replica(replicaId: string): RunLeases {
    const series = (name: string) => new Histogram({ name, help: name, registers: [] });
    const metrics = { recoverySeconds: series('recovery'), queueSeconds: series('queue') } as unknown as RunMetrics;
    const config: unknown = { replicaId, env: { LEASE_SECONDS } };
    return new RunLeases(database, config as Config, metrics);
  }

  /** Runs in the queue, oldest first. */
  async function queued(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, at) => `01890000-0000-7000-8000-00000000000${at}`);
    for (const id of ids) {
      await pool.query(
        `insert into runs (id, tenant_id, requester, state, phase, step, fence, seq, workspace, goal, request_id, params,
           recalled, created_at, updated_at)
         values ($1, 'tenant', 'ann', 'queued', 'plan', 1, 1, 0, 'example', 'goal', 'request', '{}', '{}', now(), now())`,
        [id],
      );
    }
    return ids;
  }

  async function stored(id: string): Promise<Stored | undefined> {
    const { rows } = await pool.query<Stored>(
      `select state, lease_owner as owner, fence, takeovers, coalesce(lease_until > now(), false) as "isHeld" from runs where id = $1`,
      [id],
    );
    return rows[0];
  }

  const expire = (id: string) => pool.query(`update runs set lease_until = now() - interval '3 s' where id = $1`, [id]);
  const idsOf = (runs: readonly { readonly id: string }[]) => runs.map(({ id }) => id);

  it('claims queued runs, oldest first and no more than asked for', async () => {
    const [oldest, middle, newest] = await queued(3);
    expect(idsOf(await first.claim(2)).toSorted()).toEqual([oldest, middle]);
    expect(idsOf(await second.claim(2))).toEqual([newest]);
    expect(await first.claim(2)).toEqual([]);
  });

  it('raises the fence with each claim and each release', async () => {
    const [id = ''] = await queued(1);
    const before = (await stored(id))?.fence ?? NaN;
    const [claimed] = await first.claim(1);
    expect(claimed).toMatchObject({ id, state: 'running', fence: before + 1, takenOver: false });
    await first.release([id]);
    expect(await stored(id)).toMatchObject({ state: 'queued', owner: null, fence: before + 2, isHeld: false });
    expect(await second.claim(1)).toMatchObject([{ id, fence: before + 3, takenOver: false }]);
  });

  it('takes a run over when its lease has run out, and counts it', async () => {
    const [id = ''] = await queued(1);
    await first.claim(1);
    expect(await second.claim(1)).toEqual([]);
    await expire(id);
    const [taken] = await second.claim(1);
    expect(taken).toMatchObject({ id, takenOver: true, takeovers: 1 });
    expect(taken?.leftForSeconds).toBeGreaterThanOrEqual(3);
    expect(await stored(id)).toMatchObject({ owner: SECOND, takeovers: 1, isHeld: true });
  });

  it('extends the leases that this replica still holds, and names them', async () => {
    const [held = '', lost = '', foreign = ''] = await queued(3);
    await first.claim(2);
    await second.claim(1);
    await expire(lost);
    await second.claim(1);
    await pool.query(`update runs set lease_until = now() + interval '1 s' where id = $1`, [held]);
    expect(await first.heartbeat([held, lost, foreign])).toEqual(new Set([held]));
    const { rows } = await pool.query<{ left: number }>(
      'select extract(epoch from lease_until - now())::float8 as left from runs where id = $1',
      [held],
    );
    expect(rows[0]?.left).toBeGreaterThan(1);
    expect(await stored(lost)).toMatchObject({ owner: SECOND });
  });

  it('keeps a lease that ran out but was not claimed by another replica', async () => {
    const [id = ''] = await queued(1);
    await first.claim(1);
    await expire(id);
    expect(await first.heartbeat([id])).toEqual(new Set([id]));
    expect(await second.claim(1)).toEqual([]);
  });

  it('releases nothing that another replica holds, and nothing that has ended', async () => {
    const [foreign = '', ended = ''] = await queued(2);
    await first.claim(1);
    await second.claim(1);
    await pool.query(`update runs set state = 'completed', lease_owner = null where id = $1`, [ended]);
    await second.release([foreign, ended]);
    expect(await stored(foreign)).toMatchObject({ state: 'running', owner: FIRST, isHeld: true });
    expect(await stored(ended)).toMatchObject({ state: 'completed' });
  });

  it('gives each run to one replica when both claim at the same time', async () => {
    const ids = await queued(8);
    const claimed = await Promise.all([first.claim(5), second.claim(5), first.claim(5)]);
    expect(claimed.flatMap(idsOf).toSorted()).toEqual(ids);
  });
});

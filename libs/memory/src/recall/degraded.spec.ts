import { Client } from 'pg';
import { sql } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { Ranking } from './ranking';
import { RecallService } from './recall.service';

const LESSON = 'Lubricate the conveyor bearings';
const SCOPE = { tenantId: 'factory', agent: 'robot' };
const RUN = '00000000-0000-7000-8000-000000000001';

describe('a recall under degraded conditions', () => {
  let database: TestDatabase;
  let stage: MemoryStage;

  beforeAll(async () => {
    database = await createTestDatabase();
    stage = await MemoryStage.open(() => Promise.resolve(database), {
      MEMORY_CONTROL_SHARE: '0',
      MEMORY_RECALL_MS: '250',
    });
    await stage.learn(SCOPE.tenantId, SCOPE.agent, LESSON);
    await stage.database.query(sql`insert into memory_words (tenant_id, word, docs)
      select tenant_id, word, 1 from memory_fragments, unnest(tsvector_to_array(document)) as word where tenant_id = ${SCOPE.tenantId}`);
  });
  afterAll(() => stage.close());

  const find = (goal: string) => stage.get(Ranking).find(SCOPE, goal, { status: 'active', timeoutMs: 10_000 });

  it('finds the intended word of a misspelt one', async () => {
    const { fragments, degraded } = await find('conveyr');
    expect(degraded).toEqual([]);
    expect(fragments.map(({ text }) => text)).toEqual([LESSON]);
  });

  it('gives up when it is late, and says so', async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table memory_fragments in access exclusive mode');
    expect(await stage.get(RecallService).recall(SCOPE, LESSON, RUN)).toMatchObject({ fragments: [], late: true });
    await blocker.end();
  });

  it('gives up for a tenant without fragments, too', async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table memory_fragments in access exclusive mode');
    const found = stage.get(Ranking).find({ ...SCOPE, tenantId: 'empty' }, LESSON, { status: 'active', timeoutMs: 1 });
    await expect(found).rejects.toMatchObject({ reason: 'timeout' });
    await blocker.end();
  });

  it('continues with exact words when pg_trgm is dropped while it runs, and says so', async () => {
    await stage.database.query(sql`drop extension pg_trgm cascade`);
    const { fragments, degraded } = await find('conveyor bearings');
    expect(degraded).toEqual([expect.stringContaining('pg_trgm')]);
    expect(fragments.map(({ text, scores }) => ({ text, trigram: scores.trigram }))).toEqual([
      { text: LESSON, trigram: null },
    ]);
    expect((await find('conveyr')).fragments).toEqual([]);
    const empty = await stage
      .get(Ranking)
      .find({ ...SCOPE, tenantId: 'empty' }, LESSON, { status: 'active', timeoutMs: 10_000 });
    expect(empty).toEqual({ fragments: [], degraded: [expect.stringContaining('pg_trgm')] });
  });
});

import { DataSource, type QueryRunner } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { migrationOptions } from '../migrate';
import { SearchableText1765600000000 } from './1765600000000-searchable-text';

const PLAIN = 'Raise the pool';
const HAN = '数据库连接池';

describe('the migration of searchable texts', () => {
  let database: TestDatabase;
  let source: DataSource;
  let runner: QueryRunner;
  const migration = new SearchableText1765600000000();

  beforeAll(async () => {
    database = await createTestDatabase();
    source = await new DataSource(migrationOptions(database.url)).initialize();
    runner = source.createQueryRunner();
  });
  afterAll(async () => {
    await runner.release();
    await source.destroy();
    await database.drop();
  });

  /** As the version before keeps it. */
  const keep = (text: string, activeAt: string | null) =>
    runner.query(
      `insert into memory_fragments (id, tenant_id, agent, status, text, text_hash, keys, tags, helpful, harmful, strength, version, provenance,
         document, active_at, created_at, updated_at)
       values (gen_random_uuid(), 'a', 'robot', 'active', $1, gen_random_uuid()::text, '{}', '{}', 0, 0, 2, 1, '[]', to_tsvector('english', $1),
         $2, now(), now())`,
      [text, activeAt],
    );
  const documents = async () => {
    const rows = (await runner.query('select text, tsvector_to_array(document) as words from memory_fragments')) as {
      text: string;
      words: string[];
    }[];
    return Object.fromEntries(rows.map(({ text, words }) => [text, [...words].sort()]));
  };
  const counts = async () => {
    const rows = (await runner.query('select word, docs from memory_words')) as { word: string; docs: number }[];
    return Object.fromEntries(rows.map(({ word, docs }) => [word, docs]));
  };

  it('reads what the version before has kept, and keeps the counts of all other words', async () => {
    await keep(PLAIN, '2026-01-01T00:00:00Z');
    await keep(`${HAN} pool`, '2026-01-02T00:00:00Z');
    // Not counted yet, and never active.
    await keep(`${HAN}太小`, '2026-01-04T00:00:00Z');
    await keep('ÜBER', null);
    await runner.query(`insert into memory_heads (tenant_id, updated_at, counted, counted_at, counted_id)
      select 'a', now(), 2, '2026-01-03T00:00:00Z', gen_random_uuid()`);
    await runner.query(`insert into memory_words select 'a', word, count(*) from memory_fragments, unnest(tsvector_to_array(document)) as word
      where active_at < '2026-01-03' group by word`);
    const before = { documents: await documents(), counts: await counts() };
    expect(before.counts).toEqual({ rais: 1, pool: 2, [HAN]: 1 });

    await migration.up(runner);
    expect(await documents()).toEqual({
      [PLAIN]: ['pool', 'rais'],
      [`${HAN} pool`]: ['pool', '库连', '接池', '据库', '数据', '连接'].sort(),
      [`${HAN}太小`]: ['太小', '库连', '接池', '据库', '数据', '池太', '连接'].sort(),
      ÜBER: ['über'],
    });
    expect(await counts()).toEqual({ rais: 1, pool: 2, 数据: 1, 据库: 1, 库连: 1, 连接: 1, 接池: 1 });

    await migration.down(runner);
    expect({ documents: await documents(), counts: await counts() }).toEqual(before);
  });
});

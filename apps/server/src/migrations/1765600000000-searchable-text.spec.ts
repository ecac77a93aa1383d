import { MigratedDatabase } from '@assent/test-support/migrated-database';
import { SearchableText1765600000000 } from './1765600000000-searchable-text';

const PLAIN = 'Raise the pool';
const HAN = '数据库连接池';

describe('the migration of searchable texts', () => {
  let database: MigratedDatabase;
  const migration = new SearchableText1765600000000();

  beforeAll(async () => {
    database = await MigratedDatabase.create();
  });
  afterAll(() => database.close());

  const insert = (text: string, activeAt: string | null) =>
    database.insertFragment({ tenant: 'a', status: 'active', text, activeAt });
  const documents = async () => {
    const rows = (await database.runner.query(
      'select text, tsvector_to_array(document) as words from memory_fragments',
    )) as {
      text: string;
      words: string[];
    }[];
    return Object.fromEntries(rows.map(({ text, words }) => [text, [...words].sort()]));
  };
  const counts = async () => {
    const rows = (await database.runner.query('select word, docs from memory_words')) as {
      word: string;
      docs: number;
    }[];
    return Object.fromEntries(rows.map(({ word, docs }) => [word, docs]));
  };

  it('reads what the version before has kept, and keeps the counts of all other words', async () => {
    await insert(PLAIN, '2026-01-01T00:00:00Z');
    await insert(`${HAN} pool`, '2026-01-02T00:00:00Z');
    // Not counted yet, and never active.
    await insert(`${HAN}太小`, '2026-01-04T00:00:00Z');
    await insert('ÜBER', null);
    await database.runner.query(`insert into memory_heads (tenant_id, updated_at, counted, counted_at, counted_id)
      select 'a', now(), 2, '2026-01-03T00:00:00Z', gen_random_uuid()`);
    await database.runner
      .query(`insert into memory_words select 'a', word, count(*) from memory_fragments, unnest(tsvector_to_array(document)) as word
      where active_at < '2026-01-03' group by word`);
    const before = { documents: await documents(), counts: await counts() };
    expect(before.counts).toEqual({ rais: 1, pool: 2, [HAN]: 1 });

    await migration.up(database.runner);
    expect(await documents()).toEqual({
      [PLAIN]: ['pool', 'rais'],
      [`${HAN} pool`]: ['pool', '库连', '接池', '据库', '数据', '连接'].sort(),
      [`${HAN}太小`]: ['太小', '库连', '接池', '据库', '数据', '池太', '连接'].sort(),
      ÜBER: ['über'],
    });
    expect(await counts()).toEqual({ rais: 1, pool: 2, 数据: 1, 据库: 1, 库连: 1, 连接: 1, 接池: 1 });

    await migration.down(database.runner);
    expect({ documents: await documents(), counts: await counts() }).toEqual(before);
  });
});

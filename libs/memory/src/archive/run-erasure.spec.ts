import { sql } from '@assent/platform';
import { createTestDatabase } from '@assent/test-support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { OTHER_TABLES, RUN_TABLES } from './run-erasure';

describe('the erasure of a run', () => {
  let stage: MemoryStage;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase);
  });
  afterAll(() => stage.close());

  it('covers every table, and every column that can hold text', async () => {
    const rows = await stage.database.query<{ table: string; column: string }>(sql`
      select table_name as "table", column_name as "column" from information_schema.columns
      where table_schema = 'public' and data_type in ('text', 'json', 'jsonb', 'bytea', 'ARRAY', 'tsvector', 'character varying')
      order by table_name, column_name`);
    const columns = new Map<string, string[]>();
    for (const { table, column } of rows) columns.set(table, [...(columns.get(table) ?? []), column]);
    const decided = new Map(
      Object.entries(RUN_TABLES).map(([table, { erased, kept }]) => [
        table,
        erased[0] === '*' ? (columns.get(table) ?? []) : [...erased, ...kept].sort(),
      ]),
    );
    const others = Object.keys(OTHER_TABLES).map((table) => [table, columns.get(table) ?? []] as const);
    const sorted = (map: Iterable<readonly [string, readonly string[]]>) =>
      [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([table, names]) => `${table}: ${[...names].sort().join(' ')}`);
    expect(sorted([...decided, ...others])).toEqual(sorted(columns));
  });
});

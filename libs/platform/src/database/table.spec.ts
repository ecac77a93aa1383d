import { entityOf } from '@assent/test-support/entities';
import { compile, sql } from './sql';
import { instant, integer, json, table, text, uuid, type RowOf } from './table';

const PAGES = table(
  'pages',
  {
    id: uuid(),
    tenantId: text(),
    state: text<'draft' | 'done'>(),
    tags: text().array(),
    body: json<{ title: string }>().nullable(),
    revision: integer().default(1),
    doneAt: instant().nullable(),
  },
  { primaryKey: ['id'], indexes: { pages_state: { on: ['tenantId', 'state'], where: `(state = 'draft'::text)` } } },
);

describe('a table', () => {
  it('lists columns under their property names', () => {
    expect(compile(PAGES.list(['id', 'tenantId'])).text).toBe('pages.id, pages.tenant_id as "tenantId"');
    expect(compile(PAGES.list(['doneAt'], 'p')).text).toBe('p.done_at as "doneAt"');
    expect(compile(PAGES.list()).text.split(', ')).toHaveLength(7);
  });

  it('inserts values as parameters, JSON as text, and expressions unchanged; the database fills omitted columns', () => {
    const statement = PAGES.insert(
      { id: 'x', tenantId: sql`run."tenantId"`, state: 'draft', tags: ['a'], body: { title: 'One' } },
      sql`from run where ${true}`,
    );
    expect(compile(statement)).toEqual({
      text: 'insert into pages (id, tenant_id, state, tags, body) select $1, run."tenantId", $2, $3, $4 from run where $5',
      values: ['x', 'draft', ['a'], '{"title":"One"}', true],
    });
    const alone = { id: 'x', tenantId: 't', state: 'done', tags: [], body: null } as const;
    expect(compile(PAGES.insert(alone)).text).toBe(
      'insert into pages (id, tenant_id, state, tags, body) select $1, $2, $3, $4, $5 ',
    );
  });

  it('has a row type, and rejects values that do not fit it', () => {
    const row: RowOf<typeof PAGES> = {
      id: 'x',
      tenantId: 't',
      state: 'draft',
      tags: [],
      body: { title: 'One' },
      revision: 1,
      doneAt: null,
    };
    // @ts-expect-error a column without a default is missing
    PAGES.insert({ id: row.id, tenantId: row.tenantId, state: row.state });
    // @ts-expect-error no such state
    PAGES.insert({ id: 'x', tenantId: 't', state: 'open', tags: [] });
    // @ts-expect-error no such column
    expect(compile(PAGES.list(['title'])).text).toBe('pages.title');
  });

  it('is a TypeORM entity', () => {
    const { columns, indices } = entityOf(PAGES).options;
    expect(columns['tenantId']).toEqual({ type: 'text', name: 'tenant_id' });
    expect(columns['id']).toMatchObject({ primary: true, primaryKeyConstraintName: 'pages_pkey' });
    expect(indices).toEqual([
      { name: 'pages_state', columns: ['tenantId', 'state'], where: `(state = 'draft'::text)` },
    ]);
  });
});

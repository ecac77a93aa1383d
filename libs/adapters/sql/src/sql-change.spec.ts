import fc from 'fast-check';
import { changesNothing, reassignedColumns, differences, printsOf, type RowChange, type SqlChange } from './sql-change';

const change = (rows: readonly RowChange[], tables: SqlChange['tables'] = []): SqlChange => ({
  key: ['id'],
  rows,
  tables,
});
const inserted = (after: Record<string, string | null>): RowChange => ({ before: null, after });

describe('columns that are set anew each time', () => {
  it('are those that differ between two runs', () => {
    const first = change([
      inserted({ id: '1', name: 'a', at: '10:00' }),
      inserted({ id: '2', name: 'b', at: '10:00' }),
    ]);
    const second = change([
      inserted({ id: '3', name: 'a', at: '10:01' }),
      inserted({ id: '4', name: 'b', at: '10:01' }),
    ]);
    expect(reassignedColumns(first, second)).toEqual(['at', 'id']);
    expect(printsOf(first, ['at', 'id'])).toEqual(printsOf(second, ['at', 'id']));
    expect(printsOf(first, ['at'])).not.toEqual(printsOf(second, ['at']));
  });

  it('are found regardless of the order in which the server returns existing rows', () => {
    const row = (id: string, at: string): RowChange => ({ before: { id, at: '0' }, after: { id, at } });
    expect(reassignedColumns(change([row('1', 'x'), row('2', 'x')]), change([row('2', 'y'), row('1', 'y')]))).toEqual([
      'at',
    ]);
  });

  it.each<[string, RowChange[], RowChange[]]>([
    ['another number of rows', [inserted({ id: '1' })], []],
    ['other rows', [{ before: { id: '1' }, after: null }], [{ before: { id: '2' }, after: null }]],
    [
      'rows that somebody else is changing',
      [{ before: { id: '1', a: 'x' }, after: { id: '1', a: 'z' } }],
      [{ before: { id: '1', a: 'y' }, after: { id: '1', a: 'z' } }],
    ],
  ])('cannot be told from %s', (_, first, second) => {
    expect(reassignedColumns(change(first), change(second))).toBeNull();
  });
});

describe('the prints of changed rows', () => {
  const value = fc.option(fc.string());
  const row = fc.record({ id: fc.string(), a: value });
  const rows = fc.array(
    fc.oneof(
      row.map((after) => ({ before: null, after })),
      row.map((before) => ({ before, after: null })),
      fc.tuple(row, row).map(([before, after]) => ({ before, after })),
    ),
  );

  it('are the same in every order, and another when any value is', () => {
    fc.assert(
      fc.property(rows, (list) => {
        expect(printsOf(change([...list].reverse()), [])).toEqual(printsOf(change(list), []));
        const [first, ...rest] = list;
        if (!first) return;
        const other = first.after
          ? { ...first, after: { ...first.after, a: `${first.after.a ?? ''}x` } }
          : { ...first, before: { ...first.before, a: `${first.before.a ?? ''}x` } };
        expect(printsOf(change([other, ...rest]), [])).not.toEqual(printsOf(change(list), []));
      }),
    );
  });

  it('tell which rows are missing, and which were added', () => {
    const [a, b, c] = ['1', '2', '3'].map((id) => ({ before: { id }, after: null }));
    if (!a || !b || !c) throw new Error('There are three.');
    expect(differences(printsOf(change([a, b, b]), []), printsOf(change([b, c]), []))).toEqual({
      missing: expect.arrayContaining([{ id: '1' }, { id: '2' }]),
      added: [{ id: '3' }],
    });
  });
});

describe('a change that changes nothing', () => {
  const count = { table: 'orders', inserted: 0, updated: 1, deleted: 0 };

  it('leaves every row as it was, and other tables alone', () => {
    const same = { before: { id: '1' }, after: { id: '1' } };
    expect(changesNothing(change([]), 'orders')).toBe(true);
    expect(changesNothing(change([same], [count]), 'orders')).toBe(true);
    expect(changesNothing(change([same], [count, { ...count, table: 'audit' }]), 'orders')).toBe(false);
    expect(changesNothing(change([{ ...same, after: null }]), 'orders')).toBe(false);
  });
});

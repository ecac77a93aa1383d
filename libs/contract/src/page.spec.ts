import fc from 'fast-check';
import { AssentError } from './errors';
import { pageOf, readUuidCursor } from './page';

const rowsAfter = (rows: readonly number[], cursor: string | null, limit: number) =>
  rows.filter((row) => cursor === null || row > Number(cursor)).slice(0, limit);

describe('a page', () => {
  it('property: pages read one after the other are all rows, each once, in their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (unsorted, limit) => {
        const rows = unsorted.toSorted((a, b) => a - b);
        const read: string[] = [];
        let cursor: string | null = null;
        do {
          const page: ReturnType<typeof pageOf<number, string>> = pageOf(
            rowsAfter(rows, cursor, limit),
            limit,
            (row) => `row ${row}`,
            String,
          );
          read.push(...page.items);
          cursor = page.cursor;
        } while (cursor !== null);
        expect(read).toEqual(rows.map((row) => `row ${row}`));
      }),
    );
  });

  it('reads a cursor that is an id, and refuses any other text with a pointer', () => {
    const id = '01990000-0000-7000-8000-000000000001';
    expect([readUuidCursor(undefined), readUuidCursor(id)]).toEqual([null, id]);
    for (const text of ['', 'x', id.toUpperCase().replace('01', 'AB'), `${id} `]) {
      expect(() => readUuidCursor(text)).toThrow(
        expect.objectContaining({ reason: 'invalid', details: { pointer: '/cursor' } }) as AssentError,
      );
    }
  });
});

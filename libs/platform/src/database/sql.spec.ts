import { compile, cte, sql, withCtes } from './sql';

describe('sql', () => {
  it('turns every value into a parameter, numbered once over all nested pieces', () => {
    const inner = sql`select ${'b'} as x where ${1} < ${2}`;
    expect(compile(sql`select ${'a'}, (${inner}), ${null}`)).toEqual({
      text: 'select $1, (select $2 as x where $3 < $4), $5',
      values: ['a', 'b', 1, 2, null],
    });
  });

  it('puts named parts before the final statement', () => {
    const statement = withCtes(
      [cte('a', sql`select ${1}`), cte('b', sql`select * from a`)],
      sql`select * from b where x = ${2}`,
    );
    expect(compile(statement)).toEqual({
      text: 'with a as (select $1), b as (select * from a) select * from b where x = $2',
      values: [1, 2],
    });
  });

  it('leaves a statement without parts alone', () => {
    expect(compile(withCtes([], sql`select 1`)).text).toBe('select 1');
  });

  it('never lets a value into the text', () => {
    const { text, values } = compile(sql`select ${"'; drop table runs; --"}`);
    expect({ text, values }).toEqual({ text: 'select $1', values: ["'; drop table runs; --"] });
  });
});

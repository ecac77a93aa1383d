import fc from 'fast-check';
import { calledNames, sqlVerbs } from './sql-verbs';

const verbsOf = (text: string) => {
  const { verbs, readable } = sqlVerbs(text);
  return readable ? [...verbs].sort().join(' ') : null;
};

describe('sqlVerbs', () => {
  it.each<[string, string | null]>([
    ['select * from orders', 'select'],
    ['  SELECT 1;', 'select'],
    ['(select 1) union (select 2)', 'select'],
    ['insert into orders select * from old', 'insert'],
    ["insert into a values ('x') on conflict (id) do update set v = 1", 'insert update'],
    ['update a set b = 1 where c in (select 1)', 'update'],
    ['with gone as (delete from a returning *) select count(*) from gone', 'delete select'],
    ['select * into copied from orders', 'into select'],
    ['select 1; drop table orders', 'drop select'],
    ['select 1 --; drop table orders', 'select'],
    ['select 1 /* ; drop /* nested */ table */', 'select'],
    ["select '; drop table orders'", 'select'],
    ["select 'it''s; delete from a'", 'select'],
    ["select E'\\'; delete from a; --'", 'select'],
    ["select '\\'; delete from a", 'delete select'],
    ['select "delete" from a', 'select'],
    ['select $$ delete $$, $tag$ drop $$ $tag$', 'select'],
    ['select $1; truncate a', 'select truncate'],
    ['explain analyze delete from a', 'delete explain'],
    ['select * from a for update', 'select update'],
    ['copy (delete from a returning *) to program', 'copy delete'],
    ['', ''],
    ["select 'open", null],
    ['select /* open', null],
    ['select $$ open', null],
    ['select "open', null],
  ])('reads %j: %s', (text, verbs) => {
    expect(verbsOf(text)).toBe(verbs);
  });

  it('finds a delete behind any comments and strings, or says that it cannot read the text', () => {
    const filler = fc.constantFrom(
      "'a'",
      "''''",
      '"b"',
      '/* c */',
      '-- d\n',
      '$$ e $$',
      "E'\\''",
      '(',
      ')',
      ',',
      ' ',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(filler), fc.array(filler), (before, after) => {
        const text = `select ${before.join(' ')}\n; delete from a ${after.join(' ')}`;
        expect(verbsOf(text)?.includes('delete') ?? true).toBe(true);
        expect(sqlVerbs(text).readable).toBe(true);
      }),
    );
  });
});

describe('calledNames', () => {
  it.each<[string, string | null]>([
    ['select now(), count (*) from a', 'count now'],
    ['select PG_Notify\n/* a */ -- b\n(1)', 'pg_notify'],
    ['select pg_catalog."pg_notify" (1), "Of ""A"""(1)', 'Of "A" pg_notify'],
    ["select 'f(1)', $$ g(1) $$, E'\\'h(1)' -- i(1)", ''],
    ['select a, (b), 1 (c), d.e', ''],
    ['select U&"\\0061"(1)', null],
    ['select u & "a"(1)', 'a'],
    ["select 'open f(1)", null],
  ])('reads %j: %s', (text, names) => {
    const called = calledNames(text);
    expect(called && [...called].sort().join(' ')).toBe(names);
  });

  it('finds a call behind any comments and strings', () => {
    const filler = fc.constantFrom("'a'", '"b"', '/* c( */', '-- d(\n', '$$ e( $$', "E'\\''", '(', ')', ',', 'f', '\n');
    const gap = fc.constantFrom('', ' ', '\n', '/* g */', '-- h\n');
    fc.assert(
      fc.property(fc.array(filler), gap, fc.array(filler), (before, between, after) => {
        const text = `select ${before.join(' ')} pg_notify${between}('x') ${after.join(' ')}`;
        expect(calledNames(text)?.has('pg_notify')).toBe(true);
      }),
    );
  });
});

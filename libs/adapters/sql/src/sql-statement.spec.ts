import { capturing, parseHead } from './sql-statement';

describe('the beginning of a changing statement', () => {
  it.each([
    ['update orders set a = 1', 'update', 'orders', 'orders'],
    ['  UPDATE\n only Orders AS o SET a = 1', 'update', 'Orders', 'o'],
    ['update shop.orders o set a = 1', 'update', 'shop.orders', 'o'],
    ['update "Shop"."or""ders" "O" set a = 1', 'update', '"Shop"."or""ders"', '"O"'],
    ['update "Shop"."or.ders" set a = 1', 'update', '"Shop"."or.ders"', '"or.ders"'],
    ['delete from orders', 'delete', 'orders', 'orders'],
    ['delete from orders;', 'delete', 'orders', 'orders'],
    ['delete from orders using lines where true', 'delete', 'orders', 'orders'],
    ['delete from orders x where true', 'delete', 'orders', 'x'],
    ['insert into orders values (1)', 'insert', 'orders', 'orders'],
    ['insert into orders(id) values (1)', 'insert', 'orders', 'orders'],
    ['insert into orders as o (id) values (1)', 'insert', 'orders', 'o'],
    ['insert into orders default values', 'insert', 'orders', 'orders'],
    ['insert into größe select 1', 'insert', 'größe', 'größe'],
  ])('%s', (statement, verb, table, alias) => {
    expect(parseHead(statement)).toEqual({ verb, table, alias });
  });

  it.each([
    'select 1',
    'with x as (delete from lines returning 1) update orders set a = 1',
    'begin',
    'commit; delete from orders',
    'truncate orders',
    'merge into orders using lines on true when matched then delete',
    '/* update */ delete from orders',
    '-- harmless\ndelete from orders',
    'update/**/orders set a = 1',
    'delete from (select 1)',
    'update U&"orders" set a = 1',
    'update a.b.c set x = 1',
    'update 1 set x = 1',
    'insert orders values (1)',
    'deletefrom orders',
    '',
  ])('refuses %s', (statement) => {
    expect(() => parseHead(statement)).toThrow(/does not begin with INSERT INTO, UPDATE or DELETE FROM/);
  });

  it('is quick for a long text that is no statement', () => {
    expect(() => parseHead(`update ${'"'.repeat(20_001)}`)).toThrow(/does not begin/);
    expect(() => parseHead(`update${' '.repeat(20_000)}`)).toThrow(/does not begin/);
  });
});

describe('a statement with its rows before and after', () => {
  const table = { oid: 1, name: 'shop.orders', key: ['a', 'B"c'] };

  it('gets its RETURNING on a line of its own, so that no comment swallows it', () => {
    const text = capturing('delete from orders -- all;\n; ;', parseHead('delete from orders'), table, 180_000);
    expect(text).toMatch(/^delete from orders -- all\nreturning with \(old as assent_old, new as assent_new\)\n/);
  });

  it('closes no string that the statement leaves open', () => {
    for (const version of [150_000, 180_000]) {
      const text = capturing('update orders set a = 1', parseHead('update orders set a = 1'), table, version);
      expect(text).not.toMatch(/'|\$\$|\*\//);
    }
  });

  it('reads the row before by its whole key where the server cannot return it', () => {
    expect(capturing('update orders o set a = 1', parseHead('update orders o set a = 1'), table, 170_000)).toContain(
      'from shop.orders assent_old where assent_old."a" = o."a" and assent_old."B""c" = o."B""c"',
    );
  });
});

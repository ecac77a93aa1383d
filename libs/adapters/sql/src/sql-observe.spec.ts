import { observe } from './sql-observe';
import { SqlPool } from './sql-pool';
import type { Params } from './sql-arguments';
import { SqlStage } from './testing/sql-stage';

const LIMITS = { statementTimeoutMs: 10_000, lockTimeoutMs: 1_000, maxRows: 100, maxBytes: 100_000 };
/** The test server is newer, and statements for older versions work on it as well. */
const OLD = 170_000;
const NEW = 180_000;

describe('what a statement did', () => {
  let stage: SqlStage;
  let pool: SqlPool;

  beforeAll(async () => {
    stage = new SqlStage(process.env);
    await stage.open();
    pool = new SqlPool('shop', stage.urlOf('writer'), LIMITS, 'execute');
  });

  afterAll(async () => {
    await pool.stop();
    await stage.close();
  });

  const see = (statement: string, version: number, params: Params = []) =>
    pool.use(stage.context(), async (session) => {
      await session.run('begin transaction isolation level repeatable read');
      return observe(session, { statement, params }, LIMITS, version);
    });

  it.each([
    ["update orders o set status = 'x', amount = o.amount * 2 from lines l where l.order_id = o.id and l.item = 'cup'"],
    ["update only orders set status = 'x'"],
    ['delete from orders where id = 1'],
    ['delete from orders as gone using lines where lines.order_id = gone.id'],
    ["insert into orders (id, customer, changed_at) values (50, 'eve', '2020-01-01Z')"],
    [
      "insert into orders as o (id, customer, changed_at) values (2, 'x', '2020-01-01Z') on conflict (id) do update set status = o.status || 'y'",
    ],
    ['update orders set id = 3 - id where id in (1, 2)'],
  ])('is the same whether the server returns the rows before or they are read by key: %s', async (statement) => {
    // Swapped keys either violate the second constraint or give the same rows.
    const [before, now] = await Promise.allSettled([see(statement, OLD), see(statement, NEW)]);
    expect(before.status).toBe(now.status);
    if (before.status === 'fulfilled' && now.status === 'fulfilled') {
      expect(before.value.change.rows.length).toBeGreaterThan(0);
      expect(before.value).toEqual(now.value);
    }
  });

  it('needs a primary key where the server cannot return the rows before', async () => {
    await stage.rows(
      `create table heap (a int); insert into heap values (1); grant all on heap to ${stage.role('writer')}`,
    );
    await expect(see('update heap set a = 2', OLD)).rejects.toThrow(/no primary key/);
    expect((await see('update heap set a = 2', NEW)).change).toEqual({
      key: [],
      rows: [{ before: { a: '1' }, after: { a: '2' } }],
      tables: [{ table: 'shop.heap', inserted: 0, updated: 1, deleted: 0 }],
    });
  });

  it('cannot follow a key that changes where the server cannot return the rows before', async () => {
    await stage.rows("insert into orders (id, customer) values (70, 'key')");
    const statement = 'update orders set id = 71 where id = 70';
    await expect(see(statement, OLD)).rejects.toThrow(/changes primary keys/);
    expect((await see(statement, NEW)).change.rows).toMatchObject([{ before: { id: '70' }, after: { id: '71' } }]);
  });

  it('counts what triggers do elsewhere', async () => {
    await stage.rows(
      `create table audit (what text); grant insert on audit to ${stage.role('writer')};` +
        'create function note() returns trigger language plpgsql as $$ begin insert into shop.audit values (old.id); return new; end $$;' +
        'create trigger noted after update on lines for each row execute function note()',
    );
    expect((await see("update lines set item = item || '!'", NEW)).change.tables).toEqual([
      { table: 'shop.audit', inserted: 3, updated: 0, deleted: 0 },
      { table: 'shop.lines', inserted: 0, updated: 3, deleted: 0 },
    ]);
  });

  it('names keys of several columns in their order, and quoted names', async () => {
    await stage.rows(
      'create table "Odd Table" ("b B" int, a int, v text, primary key (a, "b B")); insert into "Odd Table" values (1, 2, null);' +
        `grant all on "Odd Table" to ${stage.role('writer')}`,
    );
    for (const version of [OLD, NEW]) {
      expect(await see('update "Odd Table" "T" set v = $1', version, ['x'])).toMatchObject({
        table: { name: 'shop."Odd Table"', key: ['a', 'b B'] },
        change: { rows: [{ before: { a: '2', 'b B': '1', v: null }, after: { a: '2', 'b B': '1', v: 'x' } }] },
      });
    }
  });
});

import type { JsonObject } from '@assent/contract';
import type { EffectDraft, ExternalAdapter } from '@assent/tools';
import { SqlStage } from './testing/sql-stage';

describe('sql.execute', () => {
  let stage: SqlStage;

  beforeAll(async () => {
    stage = new SqlStage(process.env);
    await stage.open();
  });

  afterEach(() => stage.reset());
  afterAll(() => stage.close());

  async function draft(tool: ExternalAdapter, statement: string, args: JsonObject = {}): Promise<EffectDraft> {
    const made = await tool.dryRun({ connection: 'shop', statement, ...args }, stage.context());
    if (!made) throw new Error('It would change something.');
    return made;
  }

  const statuses = () => stage.rows("select string_agg(id || status, ' ' order by id) as all from orders");

  it('shows the rows of an update before and after, and changes nothing', async () => {
    const { summary, targets } = await draft(
      stage.execute(),
      'update orders set status = $1, amount = amount * 2 where customer = $2',
      { params: ['paid\u202e', 'ann'] },
    );
    expect(summary).toBe(
      [
        'shop: 2 rows of shop.orders',
        '',
        'update orders set status = $1, amount = amount * 2 where customer = $2',
        '$1 = "paid⟨U+202E⟩"',
        '$2 = "ann"',
        '',
        '@ change id=1',
        '- amount: "10.50"',
        '+ amount: "21.00"',
        '- status: "open"',
        '+ status: "paid⟨U+202E⟩"',
        '@ change id=3',
        '- amount: "30.00"',
        '+ amount: "60.00"',
        '- status: "open"',
        '+ status: "paid⟨U+202E⟩"',
      ].join('\n'),
    );
    expect(targets).toEqual(['sql:shop:shop.orders']);
    expect(await statuses()).toEqual([{ all: '1open 2open 3open' }]);
  });

  it('applies what was approved', async () => {
    const tool = stage.execute();
    const { effect } = await draft(tool, "update orders set status = 'paid' where customer = $1", { params: ['ann'] });
    expect(await tool.apply(effect, stage.context())).toEqual({
      outcome: 'applied',
      output: { rowCount: 2 },
      report: { ok: true, message: '2 rows were changed in shop.orders on shop.' },
    });
    expect(await statuses()).toEqual([{ all: '1paid 2open 3paid' }]);
  });

  it('applies an insert whose key and time are set when it is applied, and answers them', async () => {
    const tool = stage.execute();
    const made = await draft(tool, 'insert into orders (customer, amount) values ($1, 5)', {
      params: ['eve'],
      returning: ['id', 'customer'],
    });
    expect(made.summary).toContain(
      [
        '@ insert',
        '+ amount: "5.00"',
        '+ changed_at: (set when it is applied)',
        '+ customer: "eve"',
        '+ id: (set when it is applied)',
        '+ status: "open"',
      ].join('\n'),
    );
    expect(await tool.apply(made.effect, stage.context())).toEqual({
      outcome: 'applied',
      output: { rowCount: 1, rows: [{ id: '102', customer: 'eve' }] },
      report: { ok: true, message: '1 row was changed in shop.orders on shop.' },
    });
    expect(await stage.rows('select id, customer from orders where id > 3')).toEqual([{ id: 102, customer: 'eve' }]);
  });

  it('shows what a delete takes along in other tables', async () => {
    const tool = stage.execute();
    const { summary, targets, effect } = await draft(tool, 'delete from orders o where o.id = 1 -- gone;');
    expect(summary).toContain('@ delete id=1\n- amount: "10.50"\n');
    expect(summary).toContain(
      'also changed, by a trigger, a cascade or a partition: shop.lines (0 inserted, 0 updated, 2 deleted)',
    );
    expect(targets).toEqual(['sql:shop:shop.orders', 'sql:shop:shop.lines']);
    await stage.rows("insert into lines values (9, 1, 'one more')");
    expect(await tool.apply(effect, stage.context())).toMatchObject({
      outcome: 'stale',
      output: { otherTablesDiffer: true },
    });
    await stage.rows('delete from lines where id = 9');
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'applied' });
    expect(
      await stage.rows('select (select count(*) from orders)::int o, (select count(*) from lines)::int l'),
    ).toEqual([{ o: 2, l: 1 }]);
  });

  it('shows an insert that meets a row as a change of that row', async () => {
    const { summary } = await draft(
      stage.execute(),
      "insert into orders (id, customer) values (2, 'bob') on conflict (id) do update set customer = 'rob'",
    );
    expect(summary).toContain('@ change id=2\n- customer: "bob"\n+ customer: "rob"');
  });

  it.each([
    ['a row has another value', "update orders set status = 'held' where id = 1", [{ id: '1' }], [{ id: '1' }]],
    ['a row does not match any more', "update orders set customer = 'zoe' where id = 1", [{ id: '1' }], []],
    ['one more row matches', "update orders set customer = 'ann' where id = 2", [], [{ id: '2' }]],
    [
      'a row that is not shown changes the result',
      'update orders set amount = 11 where id = 1',
      [{ id: '1' }],
      [{ id: '1' }],
    ],
  ])('is stale, and changes nothing, when %s', async (_, meanwhile, approvedOnly, nowOnly) => {
    const tool = stage.execute();
    const { effect } = await draft(tool, "update orders set status = 'paid' where customer = 'ann'");
    await stage.rows(meanwhile);
    expect(await tool.apply(effect, stage.context())).toMatchObject({
      outcome: 'stale',
      output: { approvedRowCount: 2, approvedOnly, nowOnly, otherTablesDiffer: approvedOnly.length !== nowOnly.length },
    });
    expect(await stage.rows("select count(*)::int as paid from orders where status = 'paid'")).toEqual([{ paid: 0 }]);
  });

  it.each([
    ["update orders set status = 'x' where false"],
    ['update orders set status = status'],
    ["insert into orders (id, customer) values (1, 'x') on conflict do nothing"],
  ])('has nothing to put to a person: %s', async (statement) => {
    expect(await stage.execute().dryRun({ connection: 'shop', statement }, stage.context())).toBeNull();
  });

  it.each([
    ["update orders set status = 'x'; delete from orders", 'invalid'],
    ["update orders set status = 'x'; commit", 'invalid'],
    ['commit; delete from orders', 'invalid'],
    ['select * from orders', 'invalid'],
    ['truncate orders', 'invalid'],
    ["with gone as (delete from lines returning *) update orders set status = 'x'", 'invalid'],
    ['insert into lines (id, order_id) with x as (delete from lines returning id) select id, 1 from x', 'invalid'],
    ["update orders set status = 'x' returning id", 'invalid'],
    ["update orders set status = 'x' /*", 'invalid'],
    ["update orders set status = 'x", 'invalid'],
    ['update orders set status = $q$x', 'invalid'],
    ['update orders set status = "', 'invalid'],
    ["update open_orders set status = 'x'", 'invalid'],
    ['update pg_catalog.pg_class set relname = relname', 'forbidden'],
    ['delete from no_such_table', 'invalid'],
    ["update orders set status = pg_notify('a', 'b')::text", 'invalid'],
    ['delete from orders where pg_terminate_backend(id)', 'invalid'],
    ["update orders set amount = setval('orders_id_seq', 1)", 'invalid'],
  ])('refuses %s', async (statement, reason) => {
    await expect(stage.execute().dryRun({ connection: 'shop', statement }, stage.context())).rejects.toMatchObject({
      reason,
      details: { pointer: '/args/statement' },
    });
    expect(await statuses()).toEqual([{ all: '1open 2open 3open' }]);
  });

  it('refuses what picks its rows by chance', async () => {
    const tool = stage.execute();
    await stage.rows("insert into orders (customer) select 'many' from generate_series(1, 300)");
    await expect(
      tool.dryRun(
        { connection: 'shop', statement: "update orders set status = 'x' where random() < 0.5" },
        stage.context(),
      ),
    ).rejects.toMatchObject({ reason: 'conflict' });
  });

  it('refuses more than can be put to a person', async () => {
    const all = { connection: 'shop', statement: "update orders set status = 'x'" };
    await expect(stage.execute({ maxRows: 2 }).dryRun(all, stage.context())).rejects.toThrow(
      /changes 3 rows; at most 2/,
    );
    const long = { connection: 'shop', statement: "update orders set status = repeat('x', 10000000)" };
    await expect(stage.execute({ maxBytes: 1_000 }).dryRun(long, stage.context())).rejects.toThrow(/more bytes/);
  });

  it('refuses a column to answer that the table does not have', async () => {
    await expect(
      draft(stage.execute(), "update orders set status = 'x'", { returning: ['id', 'nope'] }),
    ).rejects.toMatchObject({ details: { pointer: '/args/returning/1' } });
  });

  it('says which rights its role lacks', async () => {
    const reader = stage.execute({}, { WRITE_URL: stage.urlOf('reader') });
    await expect(draft(reader, 'delete from orders')).rejects.toMatchObject({
      reason: 'forbidden',
      message: expect.stringMatching(/permission denied for table orders/),
    });
  });

  it('does what deferred constraints do before it is shown', async () => {
    await stage.rows('alter table lines alter constraint lines_order_id_fkey deferrable initially deferred');
    await expect(
      draft(stage.execute(), "insert into lines values (7, 999, 'nothing to belong to')"),
    ).rejects.toMatchObject({ reason: 'invalid', message: expect.stringMatching(/foreign key/) });
  });

  it('changes partitions under the name of their table', async () => {
    await stage.rows(
      'create table parts (id int primary key, a int) partition by range (id); ' +
        'create table parts_1 partition of parts for values from (0) to (10); insert into parts values (1, 1); ' +
        `grant all on parts to ${stage.role('writer')}`,
    );
    const tool = stage.execute();
    const { effect, summary } = await draft(tool, 'update parts set a = 2');
    expect(summary).toContain('1 row of shop.parts');
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'applied' });
    await stage.rows('create table child (b int) inherits (orders); insert into child (id, customer) values (900, 1)');
    await stage.rows(`grant all on child to ${stage.role('writer')}`);
    await expect(draft(tool, "update orders set status = 'x'")).rejects.toThrow(/other tables than shop.orders/);
  });

  it('is refused when the connection was taken away', async () => {
    const { effect } = await draft(stage.execute(), "update orders set status = 'x'");
    await expect(stage.execute().apply({ ...effect, connection: 'gone' }, stage.context())).rejects.toThrow(
      /no longer configured/,
    );
    await expect(stage.execute().apply({ ...effect, rows: 1 }, stage.context())).rejects.toThrow(/cannot be read/);
  });
});

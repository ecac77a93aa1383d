import type { JsonObject } from '@assent/contract';
import { Client } from 'pg';
import { Redactor, ToolCalls, ToolLimits } from '@assent/tools/testing';
import { schemaCheck } from '@assent/tools';
import { SqlPool } from './sql-pool';
import { SqlStage } from './testing/sql-stage';

const LIMITS = { statementTimeoutMs: 15_000, lockTimeoutMs: 3_000, maxRows: 10, maxBytes: 10_000 };

describe('sql.query', () => {
  let stage: SqlStage;

  beforeAll(async () => {
    stage = new SqlStage(process.env);
    await stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  const run = (statement: string, args: JsonObject = {}, connection?: JsonObject) =>
    stage.query(connection).run({ connection: 'shop', statement, ...args }, stage.context());

  it('answers columns and rows, exact', async () => {
    expect(
      await run(
        "select id, id, amount, 9007199254740993 as big, true as yes, null as none, '2020-01-01 10:00+02'::timestamptz as at, " +
          "'{\"a\":1}'::jsonb as doc, 'Infinity'::float8 as far, '\\x00ff'::bytea as raw from orders where id = 1",
      ),
    ).toEqual({
      columns: ['id', 'id', 'amount', 'big', 'yes', 'none', 'at', 'doc', 'far', 'raw'],
      rows: [
        [1, 1, '10.50', '9007199254740993', true, null, '2020-01-01 08:00:00+00', '{"a": 1}', 'Infinity', '\\x00ff'],
      ],
      truncated: null,
    });
  });

  it('takes values as parameters only', async () => {
    const hostile = "ann'; drop table orders; --";
    expect(await run('select count(*)::int from orders where customer = $1', { params: [hostile] })).toMatchObject({
      rows: [[0]],
    });
    expect(
      await run('select id from orders where id = any($1::int[]) and customer = $2 order by id;', {
        params: [[1, 2, 3], 'ann'],
      }),
    ).toMatchObject({ rows: [[1], [3]] });
  });

  it('answers the columns when there are no rows', async () => {
    expect(await run('select id, status from orders where false')).toEqual({
      columns: ['id', 'status'],
      rows: [],
      truncated: null,
    });
  });

  it.each([
    [{ limit: 3 }, {}, 3, 'rows'],
    [{}, { maxRows: 5 }, 5, 'rows'],
    [{ limit: 5_000 }, { maxRows: 5 }, 5, 'rows'],
    [{ limit: 10 }, { maxRows: 10 }, 10, null],
  ])('says that there are more rows than %j %j', async (args, connection, count, truncated) => {
    const answer = await run('select n from generate_series(1, 10) n', args, connection);
    expect(answer).toMatchObject({ truncated });
    expect(answer['rows']).toHaveLength(count);
  });

  it('says that there are more bytes than the limit', async () => {
    const answer = await run("select repeat('x', 100) from generate_series(1, 1000)", {}, { maxBytes: 1_000 });
    expect(answer).toMatchObject({ truncated: 'bytes' });
    expect(answer['rows']).toHaveLength(9);
  });

  it('never takes in a row that is much larger than the limit, and goes on working', async () => {
    const tool = stage.query({ maxBytes: 10_000 });
    const large = { connection: 'shop', statement: "select repeat('x', 50000000)" };
    const before = process.memoryUsage().external;
    expect(await tool.run(large, stage.context())).toMatchObject({ rows: [], truncated: 'bytes' });
    expect(process.memoryUsage().external - before).toBeLessThan(10_000_000);
    expect(await tool.run({ connection: 'shop', statement: 'select 1' }, stage.context())).toMatchObject({
      rows: [[1]],
    });
  });

  it.each([
    ['two statements', 'select 1; delete from orders'],
    ['the way out of a read-only transaction', 'commit; delete from orders'],
    ['the same behind a query', 'select 1; commit; delete from orders; select 1'],
    ['a change', 'delete from orders'],
    ['a change in a WITH', 'with gone as (delete from orders returning *) select * from gone'],
    ['a function that changes', 'select shop.clear_orders()'],
    ['a function that makes the transaction writable', "select set_config('transaction_read_only', 'off', false)"],
    ['a large object', 'select lo_create(0)'],
    ['a signal', 'select pg_cancel_backend(1)'],
    ['a signal by another name', 'select pg_catalog . "pg_terminate_backend" /* ; */ (pid) from pg_stat_activity'],
    ['a signal in capitals', "select 'x', (PG_TERMINATE_BACKEND\n--\n(1))"],
    ['a signal with escapes in its name', 'select U&"pg_\\0074erminate_backend"(1)'],
    ['a signal behind a backslash', "select '\\', pg_notify('a', 'b') --'"],
    ['a signal out of a list of values', "values (1), (length(pg_notify('a', 'b')::text))"],
    ['a text that is run', "select query_to_xml('select pg_notify(''a'', ''b'')', true, true, '')"],
    ['a notification', "select pg_notify('a', 'b')"],
    ['a message in the log of changes', "select pg_logical_emit_message(false, 'a', 'b')"],
    ['a lock', 'select pg_advisory_lock(42)'],
    ['a sequence', "select nextval('orders_id_seq')"],
    ['a new table', 'select 1 into copied'],
    ['a program', "copy (select 1) to program 'true'"],
    ['a cursor that outlives', 'with hold for select 1'],
  ])('refuses %s', async (_, statement) => {
    await stage.rows(
      "create or replace function shop.clear_orders() returns int language sql as 'delete from shop.orders returning 1'",
    );
    await expect(run(statement)).rejects.toMatchObject({ reason: 'invalid' });
    expect(await stage.rows('select count(*)::int as count from orders')).toEqual([{ count: 3 }]);
  });

  it('stands on the role: outside of any read-only transaction it cannot write either', async () => {
    const client = new Client({ connectionString: stage.urlOf('reader') });
    await client.connect();
    await expect(client.query('begin; commit; delete from shop.orders')).rejects.toThrow(/permission denied/);
    await client.end();
  });

  it.each([
    ['can write', 'writer', /can write to/],
    ['can become one that writes', 'member', /can write to/],
    ['owns the tables', null, /can write to|superuser/],
  ] as const)('runs nothing by a role that %s', async (_, role, problem) => {
    const tool = stage.query({}, { READ_URL: role ? stage.urlOf(role) : stage.ownerUrl });
    await expect(tool.run({ connection: 'shop', statement: 'select 1' }, stage.context())).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.stringMatching(problem),
    });
  });

  it('answers what is new each time, sizes, and what only looks like a call', async () => {
    const answer = await run(
      `select random() >= 0 as a, clock_timestamp() is not null as b, pg_relation_size('orders') > 0 as c, 'pg_notify(1)' as "pg_notify"
        from orders tablesample system (100) where id in (1) -- pg_notify('a', 'b')`,
    );
    expect(answer).toMatchObject({ columns: ['a', 'b', 'c', 'pg_notify'], rows: [[true, true, true, 'pg_notify(1)']] });
  });

  it('forgets what a statement did to the session', async () => {
    const pool = new SqlPool('shop', stage.urlOf('reader'), LIMITS, 'read');
    const ask = (statement: string) => pool.use(stage.context(), (session) => session.run(statement));
    try {
      await ask("select set_config('statement_timeout', '0', false), set_config('search_path', 'nowhere', false)");
      await ask('select pg_advisory_lock(42)');
      expect(
        await ask("select current_setting('statement_timeout') as t, current_setting('search_path') as p"),
      ).toEqual([{ t: '15s', p: 'shop' }]);
      expect(await ask("select count(*)::int as n from pg_locks where locktype = 'advisory' and objid = 42")).toEqual([
        { n: 0 },
      ]);
    } finally {
      await pool.stop();
    }
  });

  it('tells a missing parameter as a mistake, however often, and goes on working', async () => {
    const calls = new ToolCalls(new ToolLimits(() => undefined), new Redactor());
    const tool = stage.query();
    const ask = (statement: string) =>
      calls.run(tool, stage.context().signal, () => tool.run({ connection: 'shop', statement }, stage.context()));
    for (let call = 0; call < 6; call += 1) {
      await expect(ask('select $1::int')).rejects.toMatchObject({
        reason: 'invalid',
        details: { pointer: '/args/params', sqlstate: '08P01' },
      });
    }
    expect(calls.breakerOf('sql.query')).toBe('closed');
    expect(await ask('select 1')).toMatchObject({ rows: [[1]] });
  });

  it('ends a statement at the time limit', async () => {
    await expect(run('select pg_sleep(600)', {}, { statementTimeoutMs: 50 })).rejects.toMatchObject({
      reason: 'timeout',
      details: expect.not.objectContaining({ transport: true }),
    });
  });

  it('cancels the statement on the server when the run is cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const ends = expect(
      stage
        .query()
        .run({ connection: 'shop', statement: 'select pg_sleep(600)' }, stage.context({ signal: controller.signal })),
    ).rejects.toBe(reason);
    await stage.until('the statement runs', async () => (await stage.connections('active')).length > 0);
    controller.abort(reason);
    await ends;
    await stage.until('the statement is gone', async () => (await stage.connections('active')).length === 0);
  });

  it('never cancels the call that comes after the one that was aborted, however late the abort', async () => {
    const pool = new SqlPool('shop', stage.urlOf('reader'), LIMITS, 'read');
    const calm = stage.context();
    try {
      for (let turn = 0; turn < 12; turn += 1) {
        const controller = new AbortController();
        // The work is done, and the connection is being returned.
        const late = pool.use(stage.context({ signal: controller.signal }), async (session) => {
          const rows = await session.run('select 1 as one');
          setImmediate(() => {
            controller.abort(new Error('too late'));
          });
          return rows;
        });
        const next = Array.from({ length: 6 }, () =>
          pool.use(calm, async (session) => session.run('select pg_sleep(0.02)')),
        );
        await expect(late).resolves.toEqual([{ one: 1 }]);
        await Promise.all(next);
      }
    } finally {
      await pool.stop();
    }
  });

  it('cancels what runs when it is stopped, and takes nothing on afterwards', async () => {
    const source = stage.source();
    const [tool] = source.tools();
    if (tool?.effect !== 'read') throw new Error('There is no sql.query.');
    const call = { connection: 'shop', statement: 'select pg_sleep(600)' };
    const ends = expect(tool.run(call, stage.context())).rejects.toMatchObject({ reason: 'draining' });
    await stage.until('the statement runs', async () => (await stage.connections('active')).length > 0);
    await source.stop();
    await source.stop();
    await ends;
    await expect(tool.run(call, stage.context())).rejects.toMatchObject({ reason: 'draining' });
  });

  it('reports what the database says, without what cannot be seen', async () => {
    await expect(run('select * from nowhere_\u202e')).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringMatching(/nowhere_⟨U\+202E⟩.*42P01/),
      details: { pointer: '/args/statement' },
    });
    await expect(run('select $1::int', { params: ['x'] })).rejects.toMatchObject({ reason: 'invalid' });
    await expect(run('select 1', { params: ['\0'] })).rejects.toMatchObject({ details: { pointer: '/args/params' } });
  });

  it('shows no part of a secret that the cut of a message goes through', async () => {
    const secret = `ghp_${'Ab1'.repeat(30)}`;
    await expect(run(`select '${'x'.repeat(440)} ${secret}'::int`)).rejects.toMatchObject({
      message: expect.not.stringContaining('ghp_') as string,
    });
  });

  it('tells an unreachable database from a refused login, and never shows the password', async () => {
    const gone = stage.query({}, { READ_URL: 'postgres://someone:hunter2@127.0.0.1:1/x' });
    const refused = stage.query(
      {},
      { READ_URL: stage.urlOf('reader').replace(/\/[^/]*$/, '/no_such_database_hunter2') },
    );
    const call = { connection: 'shop', statement: 'select 1' };
    await expect(gone.run(call, stage.context())).rejects.toMatchObject({
      reason: 'overloaded',
      message: expect.not.stringContaining('hunter2'),
      details: { transport: true, sent: false },
    });
    await expect(refused.run(call, stage.context())).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it.each([
    [{ connection: 'other', statement: 'select 1' }],
    [{ connection: 'shop' }],
    [{ connection: 'shop', statement: '' }],
    [{ connection: 'shop', statement: 'x'.repeat(20_001) }],
    [{ connection: 'shop', statement: 'select 1', params: [{}] }],
    [{ connection: 'shop', statement: 'select 1', limit: 0 }],
    [{ connection: 'shop', statement: 'select 1', url: 'postgres://' }],
  ])('has a strict schema', (args) => {
    expect(schemaCheck(stage.query().inputSchema)(args)).toMatchObject({ ok: false });
  });
});

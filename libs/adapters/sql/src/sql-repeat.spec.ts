import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import type { JsonObject } from '@assent/contract';
import type { ExternalAdapter } from '@assent/tools';
import { SqlStage } from './testing/sql-stage';

const PAY = "update orders set amount = amount + 1, status = 'paid' where id = 1";

/** Replicas that create the table together. */
const RACERS = 6;
/** Rounds of the race: each SQLSTATE with which Postgres refuses the second creation came up within a few. */
const ROUNDS = 25;

/** A proxy between the tools and Postgres that cuts the connection when it sees a COMMIT. */
async function cutAtCommit(target: string, mode: 'before' | 'after'): Promise<{ server: Server; url: string }> {
  const { hostname, port } = new URL(target);
  let cuts = 1;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    upstream.pipe(client);
    client.on('close', () => upstream.end());
    client.on('data', (chunk) => {
      const cut = cuts > 0 && chunk.includes('commit\0');
      if (cut) cuts -= 1;
      if (cut) client.destroy();
      if (!cut || mode === 'after') upstream.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return { server, url: url.href };
}

describe('a change of a database that is tried again', () => {
  let stage: SqlStage;

  beforeAll(async () => {
    stage = new SqlStage(process.env);
    await stage.open();
  });

  afterEach(() => stage.reset());
  afterAll(() => stage.close());

  async function effectOf(tool: ExternalAdapter, statement = PAY): Promise<JsonObject> {
    const draft = await tool.dryRun({ connection: 'shop', statement }, stage.context());
    if (!draft) throw new Error('It would change something.');
    return draft.effect;
  }

  const amount = () => stage.rows('select amount from orders where id = 1');

  it('is done once for one key, where the database records it', async () => {
    const tool = stage.execute({ effectsTable: 'create' });
    expect(tool.idempotent).toBe(true);
    const effect = await effectOf(tool);
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'applied' });
    expect(await tool.apply(effect, stage.context())).toEqual({
      outcome: 'already_applied',
      output: { rowCount: 1 },
      report: { ok: true, message: '1 row was changed in shop.orders on shop.' },
    });
    expect(await amount()).toEqual([{ amount: '11.50' }]);
    expect(await stage.rows('select key, rows from assent_effects')).toEqual([{ key: 'run-1:3', rows: 1 }]);
  });

  it('is done once when two replicas do it at the same time', async () => {
    const tools = [stage.execute({ effectsTable: 'create' }), stage.execute({ effectsTable: 'create' })];
    const effect = await effectOf(stage.execute());
    const results = await Promise.all(tools.map((tool) => tool.apply(effect, stage.context())));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['already_applied', 'applied']);
    expect(await amount()).toEqual([{ amount: '11.50' }]);
  });

  it('shares the table with replicas that create it at the same time', async () => {
    const tools = Array.from({ length: RACERS }, () => stage.execute({ effectsTable: 'create' }));
    for (let round = 0; round < ROUNDS; round += 1) {
      await stage.rows('drop table if exists assent_effects');
      await Promise.all(tools.map((tool) => effectOf(tool)));
      expect(await stage.rows("select to_regclass('assent_effects') is not null as created")).toEqual([
        { created: true },
      ]);
    }
  });

  it('leaves no key behind when it was stale', async () => {
    const tool = stage.execute({ effectsTable: 'create' });
    const effect = await effectOf(tool);
    await stage.rows('update orders set amount = 1 where id = 1');
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'stale' });
    await stage.rows('update orders set amount = 10.50 where id = 1');
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'applied' });
  });

  it('refuses a key that stands for another change', async () => {
    const tool = stage.execute({ effectsTable: 'create' });
    await tool.apply(await effectOf(tool), stage.context());
    const other = await effectOf(tool, 'delete from orders where id = 2');
    await expect(tool.apply(other, stage.context())).rejects.toMatchObject({ reason: 'conflict' });
    expect(await stage.rows('select id from orders where id = 2')).toHaveLength(1);
  });

  it('says so before anything is approved when the table that records it is missing', async () => {
    await expect(effectOf(stage.execute({ effectsTable: 'existing' }))).rejects.toThrow(/no table assent_effects/);
  });

  it('is not called repeatable where nothing records it', async () => {
    const tool = stage.execute();
    expect(tool.idempotent).toBe(false);
    const effect = await effectOf(tool);
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'applied' });
    // The statement would change something else now, so it is not applied.
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'stale' });
    expect(await amount()).toEqual([{ amount: '11.50' }]);
  });

  it.each([
    ['after', 'already_applied'],
    ['before', 'applied'],
  ] as const)(
    'says that it may be done when the connection is cut %s the commit, and knows at the next try',
    async (mode, next) => {
      const proxy = await cutAtCommit(stage.urlOf('writer'), mode);
      const tool = stage.execute({ effectsTable: 'create' }, { WRITE_URL: proxy.url });
      const effect = await effectOf(tool);
      await expect(tool.apply(effect, stage.context())).rejects.toMatchObject({
        message: expect.stringContaining('may have committed'),
        details: { transport: true, sent: true },
      });
      await stage.until('the first attempt is over', async () => (await stage.connections('active')).length === 0);
      expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: next });
      expect(await amount()).toEqual([{ amount: '11.50' }]);
      proxy.server.close();
    },
  );

  it('waits for no lock longer than it may', async () => {
    const tool = stage.execute({ lockTimeoutMs: 50 });
    const effect = await effectOf(tool);
    await stage.rows('begin; select * from orders for update');
    await expect(tool.apply(effect, stage.context())).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining('Nothing was done'),
    });
    await stage.rows('rollback');
    expect(await tool.apply(effect, stage.context())).toMatchObject({ outcome: 'applied' });
  });

  it('is looked at anew when another transaction changed the row first', async () => {
    const tool = stage.execute();
    const effect = await effectOf(tool);
    await stage.rows('begin; update orders set amount = 99 where id = 1');
    const result = tool.apply(effect, stage.context());
    await stage.until('the change waits', async () => (await stage.connections('active')).length > 0);
    await stage.rows('commit');
    expect(await result).toMatchObject({ outcome: 'stale' });
    expect(await amount()).toEqual([{ amount: '99.00' }]);
  });

  it('is rolled back when the run is cancelled', async () => {
    const tool = stage.execute();
    const effect = await effectOf(tool);
    const controller = new AbortController();
    const reason = new Error('cancelled');
    await stage.rows('begin; select * from orders for update');
    const ends = expect(tool.apply(effect, stage.context({ signal: controller.signal }))).rejects.toBe(reason);
    await stage.until('the change waits', async () => (await stage.connections('active')).length > 0);
    controller.abort(reason);
    await ends;
    await stage.rows('rollback');
    await expect(tool.apply(effect, stage.context({ signal: controller.signal }))).rejects.toBe(reason);
    expect(await amount()).toEqual([{ amount: '10.50' }]);
  });
});

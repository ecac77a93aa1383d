import fc from 'fast-check';
import { Client, Pool } from 'pg';
import { Database, forAllTenants, forTenant, sql } from '@assent/platform';
import { servingPool } from '../../apps/server/src/serving.pool';
import { migrate } from '../../apps/server/src/migrate';
import { createTestDatabase } from '../support/postgres';

/** Tables that belong to no tenant. A new one here needs a reason: everything else has a `tenant_id` and a row-level policy. */
const NOBODYS = [
  // A key of the installation, from which the keys of tenants are not derived: it only recognizes repeated questions.
  'installation_keys',
  // MCP servers belong to the installation, and so does the trust in their tools (TOOL_TRUST_TENANTS lists who may give it).
  'mcp_pins',
  'migrations',
];
const PASSWORD = 'plain-owner';

/** A database whose owner may create roles, like the embedded one, and one whose owner may not. */
const GROUNDS = [
  { kind: 'role', open: () => createTestDatabase() },
  { kind: 'forced', open: openPlain },
] as const;

describe.each(GROUNDS)('row-level security, by $kind', ({ kind, open }) => {
  let url: string;
  let drop: () => Promise<void>;
  let database: Database;

  beforeAll(async () => {
    ({ url, drop } = await open());
    database = new Database(new Pool(servingPool(url, 12)));
    for (const tenant of ['a', 'b']) {
      await database.query(sql`insert into tool_policies (tenant_id, version, rules, actor, updated_at)
        select ${tenant}, version, '[]', 'test', now() from generate_series(1, 3) as version`);
    }
  });
  afterAll(async () => {
    await database.close();
    await drop();
  });

  /** A statement that forgets the tenant. */
  const careless = sql`select distinct tenant_id as tenant from tool_policies order by 1`;
  const seen = async (rows: Promise<{ tenant: string }[]>) => (await rows).map(({ tenant }) => tenant).join();

  it('stands on every table that has rows of tenants', async () => {
    expect(await database.tenantIsolation()).toBe(kind);
    const tables = await database.query<{ name: string; isolated: boolean; policies: number; tenant: boolean }>(sql`
      select relname as name, relrowsecurity and relforcerowsecurity = ${kind === 'forced'} as isolated,
        (select count(*)::integer from pg_policy where polrelid = c.oid) as policies,
        exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id') as tenant
      from pg_class c where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace`);
    expect(tables.flatMap(({ name, tenant }) => (tenant ? [] : [name])).sort()).toEqual(NOBODYS);
    const open = tables.filter(({ tenant, isolated, policies }) => tenant && !(isolated && policies === 1));
    expect(open).toEqual([]);
    expect(tables.length).toBeGreaterThan(20);
  });

  it('hides rows of others from a statement that forgets the tenant, however it is sent', async () => {
    await forTenant('a', async () => {
      expect(await seen(database.query(careless))).toBe('a');
      expect(await seen(database.queryDedicated(careless))).toBe('a');
      expect(await seen(database.around([careless], () => Promise.resolve(careless)))).toBe('a');
      await forAllTenants(async () => expect(await seen(database.query(careless))).toBe('a,b'));
    });
    expect(await seen(database.query(careless))).toBe('a,b');
    expect(await seen(forTenant('nobody', () => database.query(careless)))).toBe('');
  });

  it('lets nobody change or plant rows of others', async () => {
    await forTenant('a', async () => {
      await database.query(sql`update tool_policies set actor = 'a was here'`);
      await database.query(sql`delete from tool_policies where tenant_id = 'b'`);
      await expect(
        database.query(
          sql`insert into tool_policies (tenant_id, version, rules, actor, updated_at) values ('b', 9, '[]', 'a', now())`,
        ),
      ).rejects.toThrow(/row-level security/);
    });
    const rows = await database.query(
      sql`select tenant_id, count(*)::integer, min(actor) as actor from tool_policies group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { tenant_id: 'a', count: 3, actor: 'a was here' },
      { tenant_id: 'b', count: 3, actor: 'test' },
    ]);
  });

  it('is that of the right tenant for any sharing of connections and any failures in between', async () => {
    const sight = new Map<string | null, string>([
      ['a', 'a'],
      ['b', 'b'],
      [null, 'a,b'],
    ]);
    const ways = {
      query: () => database.query<{ tenant: string }>(careless),
      alone: () => database.queryDedicated<{ tenant: string }>(careless),
      around: () => database.around<{ tenant: string }>([sql`select 1`], () => Promise.resolve(careless)),
      broken: () => database.query<{ tenant: string }>(sql`select 1 / ${0}::integer as tenant`),
      undone: () =>
        database.around<{ tenant: string }>([sql`select 1`], () =>
          Promise.resolve(sql`select 1 / ${0}::integer as tenant`),
        ),
    };
    const call = fc.record({
      tenant: fc.constantFrom<string | null>('a', 'b', null),
      way: fc.constantFrom(...(Object.keys(ways) as (keyof typeof ways)[])),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 40 }), async (calls) => {
        const answers = await Promise.all(
          calls.map(({ tenant, way }) => {
            const work = () => seen(ways[way]()).catch(() => 'failed');
            return tenant === null ? forAllTenants(work) : forTenant(tenant, work);
          }),
        );
        expect(answers).toEqual(
          calls.map(({ tenant, way }) => (way === 'broken' || way === 'undone' ? 'failed' : sight.get(tenant))),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('is raised again for a table that was added, and changes nothing else', async () => {
    await database.query(sql`create table added (tenant_id text not null)`);
    await migrate(url);
    await database.query(sql`insert into added values ('a'), ('b')`);
    const rows = await forTenant('b', () => database.query(sql`select tenant_id from added`));
    expect(rows).toEqual([{ tenant_id: 'b' }]);
    await database.query(sql`drop table added`);
  });
});

/** The database of an owner without any right beyond it. */
async function openPlain(): Promise<{ url: string; drop: () => Promise<void> }> {
  const maker = await createTestDatabase();
  const name = `${new URL(maker.url).pathname.slice(1)}_plain`;
  const client = new Client({ connectionString: maker.url });
  await client.connect();
  await client.query(`create role ${name} login password '${PASSWORD}'`);
  await client.query(`grant ${name} to current_user`);
  await client.query(`create database ${name} owner ${name} template template0`);
  const url = new URL(maker.url);
  Object.assign(url, { pathname: `/${name}`, username: name, password: PASSWORD });
  await migrate(url.href);
  return {
    url: url.href,
    drop: async () => {
      await client.query(`drop database ${name} with (force)`);
      await client.query(`drop role ${name}`);
      await client.end();
      await maker.drop();
    },
  };
}

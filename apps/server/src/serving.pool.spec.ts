import { Database, failureOf, sql } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { Client, Pool } from 'pg';
import { connected } from './connect';
import { servingPool } from './serving.pool';

describe('connections to a server that became a standby', () => {
  let test: TestDatabase;
  let admin: Client;
  let name: string;
  beforeAll(async () => {
    test = await createTestDatabase();
    name = new URL(test.url).pathname.slice(1);
    admin = new Client({ connectionString: test.url });
    await admin.connect();
    // What new connections to a standby would see.
    await admin.query(`create function public.pg_is_in_recovery() returns boolean language sql as 'select true'`);
  });
  afterAll(async () => {
    await admin.end();
    await test.drop();
  });

  it('serve no statement, not even a read, and are replaced once the primary answers', async () => {
    const database = new Database(new Pool(servingPool(test.url, 2)));
    await admin.query(`alter database ${name} set search_path = public, pg_catalog`);
    const refused = await database.query(sql`select 1`).catch((thrown: unknown) => thrown);
    expect(failureOf(refused)).toEqual({ kind: 'transient', drop: true });
    await admin.query(`alter database ${name} reset search_path`);
    expect(await database.query(sql`select 1 as one`)).toEqual([{ one: 1 }]);
    await database.close();
  });

  it('end the start of a server with the reason', async () => {
    await admin.query(`alter database ${name} set search_path = public, pg_catalog`);
    const { port } = new URL(test.url);
    await expect(connected(test.url, () => Promise.resolve())).rejects.toThrow(
      `DATABASE_URL: Postgres at 127.0.0.1:${port} is a standby, which accepts no writes. Connect to the primary.`,
    );
  });
});

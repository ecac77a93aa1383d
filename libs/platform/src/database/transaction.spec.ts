import { AsyncLocalStorage } from 'node:async_hooks';
import { Socket } from 'node:net';
import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { Database } from './database';
import { sql } from './sql';

/** More than there are shared connections. */
const WAITERS = 12;
const NAME = 'transaction-spec';

let own: TestDatabase;
let database: Database;

beforeAll(async () => {
  own = await createTestDatabase();
  database = new Database(new Pool({ connectionString: own.url, max: 16, pipeline: true }));
  await database.query(sql`create table held_rows (name text primary key, count integer not null)`);
  await database.query(sql`insert into held_rows values (${NAME}, 0)`);
});

afterAll(async () => {
  await database.close();
  await own.drop();
});

it('the holder of a row lock can read other rows even if every shared connection waits for that lock', async () => {
  const waiting: Promise<unknown>[] = [];
  /** Calls outside any transaction. */
  const outside = AsyncLocalStorage.snapshot();
  const [row] = await database.within<{ count: number }>(
    [sql`select from held_rows where name = ${NAME} for update`],
    async () => {
      for (let index = 0; index < WAITERS; index += 1) {
        waiting.push(outside(() => database.query(sql`update held_rows set count = count + 1 where name = ${NAME}`)));
      }
      const [seen] = await database.query<{ count: number }>(sql`select count from held_rows where name = ${NAME}`);
      return sql`update held_rows set count = ${(seen?.count ?? 0) + 100} where name = ${NAME} returning count`;
    },
  );
  expect(row).toEqual({ count: 100 });
  await Promise.all(waiting);
  expect(await database.query(sql`select count from held_rows`)).toEqual([{ count: 100 + WAITERS }]);
});

it('work that continues after the end of a transaction is outside it', async () => {
  let later: Promise<unknown[]> | undefined;
  await database.within([], () => {
    later = new Promise((resolve) => setImmediate(resolve)).then(() => database.query(sql`select name from held_rows`));
    return Promise.resolve(sql`select 1`);
  });
  expect(await later).toEqual([{ name: NAME }]);
});

it('is sent in two writes: all before its work, and all after it', async () => {
  const transaction = () =>
    database.around([sql`select 1`, sql`select 2`], () => Promise.resolve(sql`select count from held_rows`));
  await transaction();
  const writes = [jest.spyOn(Socket.prototype, '_write'), jest.spyOn(Socket.prototype, '_writev')];
  await transaction();
  const count = writes.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  jest.restoreAllMocks();
  expect(count).toBe(2);
});

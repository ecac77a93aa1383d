import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/postgres';
import { Database } from './database';
import { sql } from './sql';

/** More than there are shared connections. */
const WAITERS = 12;
const NAME = 'transaction-spec';

let own: TestDatabase;
let dataSource: DataSource;
let database: Database;

beforeAll(async () => {
  own = await createTestDatabase();
  dataSource = await new DataSource({ type: 'postgres', url: own.url, poolSize: 16 }).initialize();
  database = new Database(dataSource);
  database.onModuleInit();
  await database.query(sql`create table held_rows (name text primary key, count integer not null)`);
  await database.query(sql`insert into held_rows values (${NAME}, 0)`);
});

afterAll(async () => {
  database.beforeApplicationShutdown();
  await dataSource.destroy();
  await own.drop();
});

it('whoever holds a row can look at others, although every shared connection waits for that row', async () => {
  const waiting: Promise<unknown>[] = [];
  /** Calls as somebody who is in no transaction. */
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

it('what goes on after the end of a transaction is no part of it', async () => {
  let later: Promise<unknown[]> | undefined;
  await database.within([], () => {
    later = new Promise((resolve) => setImmediate(resolve)).then(() => database.query(sql`select name from held_rows`));
    return Promise.resolve(sql`select 1`);
  });
  expect(await later).toEqual([{ name: NAME }]);
});

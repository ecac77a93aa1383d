import { createEmptyDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { migrate, pendingMigrations } from './migrate';

const REPLICAS = 3;

describe('the migration of a database', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase();
  });
  afterEach(() => database.drop());

  it('is made by one of several replicas that start at the same time', async () => {
    await Promise.all(Array.from({ length: REPLICAS }, () => migrate(database.url)));
    expect(await pendingMigrations(database.url)).toEqual([]);
  });
});

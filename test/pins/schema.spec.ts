import { DataSource } from 'typeorm';
import { migrationOptions } from '../../apps/server/src/migrate';
import { entityOf } from '../support/entities';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { TABLES } from './tables';

describe('the schema', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('that the migrations make is the one that the tables declare', async () => {
    const dataSource = await new DataSource({
      ...migrationOptions(database.url),
      entities: TABLES.map(entityOf),
    }).initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
      expect(await dataSource.showMigrations()).toBe(false);
    } finally {
      await dataSource.destroy();
    }
  });
});

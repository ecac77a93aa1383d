import { DataSource, type QueryRunner } from 'typeorm';
import { migrationOptions } from '../../apps/server/src/migrate';
import { createTestDatabase, type TestDatabase } from './postgres';

/** A fragment as versions before a migration wrote it. */
interface OldFragment {
  readonly tenant: string;
  readonly status: 'active' | 'staged';
  readonly text: string;
  readonly activeAt?: string | null;
}

/** A database with the newest schema, on which one migration is reverted and applied again. */
export class MigratedDatabase {
  private constructor(
    private readonly database: TestDatabase,
    private readonly source: DataSource,
    readonly runner: QueryRunner,
  ) {}

  static async create(): Promise<MigratedDatabase> {
    const database = await createTestDatabase();
    const source = await new DataSource(migrationOptions(database.url)).initialize();
    return new MigratedDatabase(database, source, source.createQueryRunner());
  }

  get url(): string {
    return this.database.url;
  }

  async insertFragment({ tenant, status, text, activeAt = null }: OldFragment): Promise<void> {
    await this.runner.query(
      `insert into memory_fragments (id, tenant_id, agent, status, text, text_hash, keys, tags, helpful, harmful, strength, version, provenance,
         document, active_at, created_at, updated_at)
       values (gen_random_uuid(), $1, 'robot', $2, $3, gen_random_uuid()::text, '{}', '{}', 0, 0, 2, 1, '[]', to_tsvector('english', $3), $4, now(), now())`,
      [tenant, status, text, activeAt],
    );
  }

  async close(): Promise<void> {
    await this.runner.release();
    await this.source.destroy();
    await this.database.drop();
  }
}

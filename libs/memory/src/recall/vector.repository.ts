import { Injectable } from '@nestjs/common';
import { Database, sql } from '@assent/platform';
import { fromBytes, toBytes } from './embedder';

export interface Unmeasured {
  readonly fragmentId: string;
  readonly tenantId: string;
  readonly version: number;
  readonly text: string;
}

/** Vectors of fragments, stored as arrays of floats and compared over the candidates. */
@Injectable()
export class VectorRepository {
  constructor(private readonly database: Database) {}

  async of(
    tenantId: string,
    model: string,
    fragmentIds: readonly string[],
  ): Promise<ReadonlyMap<string, Float32Array>> {
    const rows = await this.database.query<{ fragmentId: string; vector: Buffer }>(sql`
      select fragment_id as "fragmentId", vector from memory_embeddings
      where tenant_id = ${tenantId} and model = ${model} and fragment_id = any(${fragmentIds}::uuid[])`);
    return new Map(rows.map(({ fragmentId, vector }) => [fragmentId, fromBytes(vector)]));
  }

  /** Active fragments that have no vector of the model, the newest first. */
  unmeasured(model: string, limit: number): Promise<Unmeasured[]> {
    return this.database.queryAlone<Unmeasured>(sql`
      select id as "fragmentId", memory_fragments.tenant_id as "tenantId", memory_fragments.version, array_to_string(keys, chr(10)) || chr(10) || text as text
      from memory_fragments where status = 'active' and active_at is not null and not exists (
        select from memory_embeddings where fragment_id = memory_fragments.id and model = ${model} and memory_embeddings.created_at >= memory_fragments.active_at)
      order by id desc limit ${limit}`);
  }

  async save(model: string, { fragmentId, tenantId, version }: Unmeasured, vector: Float32Array): Promise<void> {
    await this.database.query(sql`
      insert into memory_embeddings as old (fragment_id, model, tenant_id, version, vector, created_at)
      select ${fragmentId}, ${model}, ${tenantId}, ${version}, ${toBytes(vector)}, date_trunc('milliseconds', now()) + interval '1 millisecond'
      from memory_fragments where id = ${fragmentId} and status = 'active'
      on conflict (fragment_id, model) do update set version = excluded.version, vector = excluded.vector, created_at = excluded.created_at`);
  }
}

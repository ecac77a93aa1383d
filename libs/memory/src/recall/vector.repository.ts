import { Injectable } from '@nestjs/common';
import { Database, forAllTenants, sql, Sql } from '@assent/platform';
import { type SearchScope, MATCHES, whoseOf } from './candidate.sql';
import { fromBytes, toBytes } from './embedder';

/** Number of fragments nearest in meaning: as many as are compared by words. */
const NEAREST = 40;
/** Limit of pgvector. */
const INDEXED_DIMENSIONS_MAX = 16_000;

/** Whether the side table for pgvector exists: the migration creates it if the extension is installed. */
const HAS_VECTORS = sql`
  select exists (select from pg_attribute where attrelid = to_regclass('memory_vectors') and attname = 'vector' and not attisdropped) as found`;

/** A vector in the text format of pgvector. */
export function literalOf(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

/**
 * The active fragments of a scope that are nearest to a vector, by cosine. The number of dimensions is a literal, as
 * in the partial index that an operator may have created: with a parameter Postgres would not use that index.
 */
export function nearest({ tenantId, agent }: SearchScope, model: string, vector: Float32Array): Sql {
  const dimensions = new Sql([String(vector.length)], []);
  const sized = sql`vector(${dimensions})`;
  return sql`
    select fragment_id as "fragmentId" from memory_vectors join memory_fragments on memory_fragments.id = fragment_id
    where dimensions = ${dimensions} and model = ${model} and memory_vectors.tenant_id = ${tenantId}
      and memory_fragments.tenant_id = ${tenantId} and ${whoseOf(agent)} and ${MATCHES.active}
    order by memory_vectors.vector::${sized} <=> ${literalOf(vector)}::${sized} limit ${NEAREST}`;
}

export interface Unmeasured {
  readonly fragmentId: string;
  readonly tenantId: string;
  readonly version: number;
  readonly text: string;
}

/** A stored vector without a copy for pgvector. */
export interface Uncopied {
  readonly fragmentId: string;
  readonly vector: Buffer;
  readonly createdAt: Date;
}

/**
 * Vectors of fragments, stored as arrays of floats to compare candidates with. If pgvector is installed, its table has a
 * copy of each to find the nearest.
 */
@Injectable()
export class VectorRepository {
  private indexed = false;

  constructor(private readonly database: Database) {}

  /** Whether pgvector can be used. */
  async hasIndex(): Promise<boolean> {
    if (!this.indexed) {
      const [row] = await this.database.query<{ found: boolean }>(HAS_VECTORS);
      this.indexed = row?.found ?? false;
    }
    return this.indexed;
  }

  /** Active fragments of a scope, the nearest first. Uses its own connection and ends within `timeoutMs`. */
  async nearest(scope: SearchScope, model: string, vector: Float32Array, timeoutMs: number): Promise<string[]> {
    const limit = sql`select set_config('statement_timeout', ${String(Math.max(1, Math.ceil(timeoutMs)))}, true)`;
    // As with words, the conditions of the statement isolate the tenant, so that the index can be used.
    const rows = await this.withIndex(() =>
      forAllTenants(() =>
        this.database.around<{ fragmentId: string }>([limit], () => Promise.resolve(nearest(scope, model, vector))),
      ),
    );
    return rows.map(({ fragmentId }) => fragmentId);
  }

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

  /** Active fragments without a vector of the model, newest first. */
  unmeasured(model: string, limit: number, except: readonly string[]): Promise<Unmeasured[]> {
    return this.database.queryDedicated<Unmeasured>(sql`
      select id as "fragmentId", memory_fragments.tenant_id as "tenantId", memory_fragments.version, array_to_string(keys, chr(10)) || chr(10) || text as text
      from memory_fragments where status = 'active' and active_at is not null and not exists (
        select from memory_embeddings where fragment_id = memory_fragments.id and model = ${model} and memory_embeddings.created_at >= memory_fragments.active_at)
      and id not in (select unnest(${except}::uuid[])) order by id desc limit ${limit}`);
  }

  async save(model: string, { fragmentId, tenantId, version }: Unmeasured, vector: Float32Array): Promise<void> {
    const saved = sql`
      insert into memory_embeddings as old (fragment_id, model, tenant_id, version, vector, created_at)
      select ${fragmentId}, ${model}, ${tenantId}, ${version}, ${toBytes(vector)}, date_trunc('milliseconds', now()) + interval '1 millisecond'
      from memory_fragments where id = ${fragmentId} and status = 'active'
      on conflict (fragment_id, model) do update set version = excluded.version, vector = excluded.vector, created_at = excluded.created_at`;
    const isCopied = vector.length <= INDEXED_DIMENSIONS_MAX && (await this.hasIndex());
    const copied = sql`with saved as (${saved} returning fragment_id, model, tenant_id, created_at) ${copyInto(
      sql`select fragment_id, model, tenant_id, ${vector.length}::integer, ${literalOf(vector)}::vector, created_at from saved`,
    )}`;
    await (isCopied ? this.withIndex(() => this.database.query(copied)) : this.database.query(saved));
  }

  /** Vectors stored before pgvector was installed, or by a version that did not use it. */
  uncopied(model: string, limit: number): Promise<Uncopied[]> {
    return this.withIndex(() =>
      this.database.queryDedicated<Uncopied>(sql`
      select fragment_id as "fragmentId", vector, created_at as "createdAt" from memory_embeddings as stored
      where model = ${model} and length(vector) <= ${INDEXED_DIMENSIONS_MAX * Float32Array.BYTES_PER_ELEMENT} and not exists (
        select from memory_vectors as copy where copy.fragment_id = stored.fragment_id and copy.model = stored.model and copy.created_at >= stored.created_at)
      limit ${limit}`),
    );
  }

  async copy(model: string, stored: readonly Uncopied[]): Promise<void> {
    const vectors = stored.map(({ vector }) => fromBytes(vector));
    await this.withIndex(() =>
      this.database.query(
        copyInto(sql`
        select fragment_id, model, tenant_id, read.dimensions, read.literal::vector, memory_embeddings.created_at
        from unnest(${stored.map(({ fragmentId }) => fragmentId)}::uuid[], ${stored.map(({ createdAt }) => createdAt.toISOString())}::timestamptz[],
          ${vectors.map(({ length }) => length)}::integer[], ${vectors.map(literalOf)}::text[]) as read (id, created_at, dimensions, literal)
          join memory_embeddings on fragment_id = read.id and model = ${model} and memory_embeddings.created_at = read.created_at`),
      ),
    );
  }

  /** Checked again after a failure: the extension may have been dropped. */
  private async withIndex<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.indexed = false;
      throw error;
    }
  }
}

/** A newer copy is never replaced by an older one. */
function copyInto(rows: Sql): Sql {
  return sql`insert into memory_vectors as old (fragment_id, model, tenant_id, dimensions, vector, created_at) ${rows}
    on conflict (fragment_id, model) do update set dimensions = excluded.dimensions, vector = excluded.vector, created_at = excluded.created_at
    where excluded.created_at > old.created_at`;
}

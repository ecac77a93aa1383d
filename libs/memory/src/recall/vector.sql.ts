import { Sql, sql } from '@assent/platform';
import { MATCHES, whoseOf, type SearchScope } from './candidate.sql';

/** Fragments that are nearest in meaning: as many as are compared by words. */
const NEAREST = 40;
/** pgvector takes no more. */
export const INDEXED_DIMENSIONS_MAX = 16_000;

/** Whether the side table for pgvector is there: it is made by the migration step when the extension exists. */
export const HAS_VECTORS = sql`
  select exists (select from pg_attribute where attrelid = to_regclass('memory_vectors') and attname = 'vector' and not attisdropped) as found`;

/** A vector as pgvector reads it. */
export function literalOf(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

/**
 * The active fragments of a scope that are nearest to a vector, by cosine. The number of dimensions stands in the statement as it
 * does in the partial index that an operator may have made for it; a parameter would keep Postgres from using that.
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

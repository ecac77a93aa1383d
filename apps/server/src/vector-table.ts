import type { Client } from 'pg';

/**
 * Copies of the vectors of fragments for pgvector, where that extension exists or can be created; otherwise recall
 * compares stored arrays. This is a step after the migrations, not a migration: the extension may be installed later, and each
 * start checks again. The table only copies memory_embeddings, loses rows with it, and is no entity: schemas with and without it
 * are both valid. Call it under the migration lock.
 */
export async function installVectors(client: Client): Promise<void> {
  for (const statement of [EXTENSION, TABLE]) await client.query(statement);
}

/** Each block is a separate savepoint: a failure leaves nothing behind, and does not fail the start. */
const EXTENSION = `do $$ begin
  if exists (select from pg_available_extensions where name = 'vector' and installed_version is null) then
    create extension if not exists vector;
  end if;
exception when others then
  raise notice 'pgvector cannot be made: %', sqlerrm;
end $$`;

/** A table whose column was removed with a dropped extension is created again. */
const TABLE = `do $$ begin
  if exists (select from pg_extension where extname = 'vector')
    and not exists (select from pg_attribute where attrelid = to_regclass('memory_vectors') and attname = 'vector' and not attisdropped) then
    drop table if exists memory_vectors;
    create table memory_vectors (
      fragment_id uuid not null,
      model text not null,
      tenant_id text not null,
      dimensions integer not null,
      vector vector not null,
      created_at timestamp(3) with time zone not null,
      constraint memory_vectors_pkey primary key (fragment_id, model),
      constraint memory_vectors_stored foreign key (fragment_id, model) references memory_embeddings on delete cascade
    );
    create index memory_vectors_tenant on memory_vectors (tenant_id, model, dimensions);
  end if;
exception when others then
  raise notice 'the table for pgvector cannot be made: %', sqlerrm;
end $$`;

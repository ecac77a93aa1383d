import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Scopes, versions, plans and the agent of memory. Trigrams are used where the extension `pg_trgm` can be created;
 * without it, or without the right to create it, recall uses full text alone and says so.
 */
export class Memory1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

/**
 * Words of a fragment, including its scope and its tenant, so that the index never reads rows of other scopes and
 * tenants.
 */
const TERMS = `(document || array_to_tsvector(array['@' || md5(tenant_id || chr(10) || coalesce(agent, '')), '#' || md5(tenant_id)]))`;

const UP = [
  // null: every agent of the tenant.
  `alter table memory_fragments add column agent text`,
  `alter table memory_fragments add column origin text not null default 'run'`,
  `alter table memory_fragments add column lineage uuid[] not null default '{}'`,
  `alter table memory_fragments add column reason text`,
  `alter table memory_fragments add column active_at timestamp(3) with time zone`,
  `update memory_fragments set active_at = updated_at where status = 'active'`,
  // Without fastupdate: a recall would otherwise read all pending entries one by one.
  `create index memory_fragments_recall on memory_fragments using gin (${TERMS}) with (fastupdate = off) where status = 'active'`,
  `create index memory_fragments_staged on memory_fragments using gin (${TERMS}) with (fastupdate = off) where status = 'staged'`,
  `create index memory_fragments_newest on memory_fragments (tenant_id, agent, id) where status = 'active'`,
  `create index memory_fragments_listing on memory_fragments (tenant_id, id)`,
  `create index memory_fragments_activated on memory_fragments (tenant_id, active_at, id) where active_at is not null`,
  `create index memory_fragments_runs on memory_fragments using gin (provenance jsonb_path_ops)`,
  `create index memory_fragments_lineage on memory_fragments using gin (lineage) where lineage <> '{}'`,
  `create table memory_fragment_versions (
    fragment_id uuid not null,
    version integer not null,
    tenant_id text not null,
    status text not null,
    text text not null,
    keys text[] not null,
    tags text[] not null,
    plan_id uuid,
    created_at timestamp(3) with time zone not null,
    constraint memory_fragment_versions_pkey primary key (fragment_id, version)
  )`,
  // The state of one tenant's memory. Concurrent plans queue for this row.
  `create table memory_heads (
    tenant_id text not null,
    version integer not null default 0,
    counted integer not null default 0,
    counted_at timestamp(3) with time zone,
    counted_id uuid,
    frozen boolean not null default false,
    drift json,
    updated_at timestamp(3) with time zone not null,
    constraint memory_heads_pkey primary key (tenant_id)
  )`,
  // The number of active fragments that contain a word, which shows whether it is too common to search for.
  `create table memory_words (
    tenant_id text not null,
    word text not null,
    docs integer not null,
    constraint memory_words_pkey primary key (tenant_id, word)
  )`,
  `do $$ begin
    create extension if not exists pg_trgm;
  exception when others then
    raise notice 'pg_trgm cannot be made: %', sqlerrm;
  end $$`,
  `do $$ begin
    if exists (select from pg_extension where extname = 'pg_trgm') then
      create index memory_words_trigrams on memory_words using gin (word gin_trgm_ops);
    end if;
  end $$`,
  `create table memory_plans (
    id uuid not null,
    tenant_id text not null,
    base_version integer not null,
    state text not null,
    ops json not null,
    hash text not null,
    inverse json,
    result json,
    applied_version integer,
    author text not null,
    memory_run_id uuid,
    reverts uuid,
    rebased_from uuid,
    created_at timestamp(3) with time zone not null,
    applied_at timestamp(3) with time zone,
    constraint memory_plans_pkey primary key (id)
  )`,
  `create index memory_plans_listing on memory_plans (tenant_id, id)`,
  `create table memory_runs (
    id uuid not null,
    tenant_id text not null,
    schedule text not null,
    slot text not null,
    state text not null,
    actor text not null,
    lease_owner uuid,
    lease_until timestamp(3) with time zone,
    fence integer not null,
    cursor json not null,
    report json not null,
    started_at timestamp(3) with time zone not null,
    finished_at timestamp(3) with time zone,
    constraint memory_runs_pkey primary key (id)
  )`,
  `create unique index memory_runs_slot on memory_runs (tenant_id, schedule, slot)`,
  `create index memory_runs_listing on memory_runs (tenant_id, id)`,
  `create index memory_runs_open on memory_runs (lease_until) where state = 'running'`,
  `create table memory_experiences (
    run_id uuid not null,
    tenant_id text not null,
    agent text not null,
    goal text not null,
    goal_key text not null,
    outcome text not null,
    score double precision,
    ending text not null,
    action text not null,
    tool text,
    path json not null,
    diff json,
    decision json,
    meta_prompt_id uuid,
    digested boolean not null default false,
    created_at timestamp(3) with time zone not null,
    constraint memory_experiences_pkey primary key (run_id)
  )`,
  `create index memory_experiences_undigested on memory_experiences (tenant_id, run_id) where not digested`,
  `create index memory_experiences_goal on memory_experiences (tenant_id, goal_key)`,
  `create index memory_experiences_agent on memory_experiences (tenant_id, agent)`,
  // Runs for which fragments were found, and whether the run received them: the data for the gain of memory.
  `create table memory_recalls (
    run_id uuid not null,
    tenant_id text not null,
    agent text not null,
    arm text not null,
    fragments uuid[] not null,
    created_at timestamp(3) with time zone not null,
    constraint memory_recalls_pkey primary key (run_id)
  )`,
  `create index memory_recalls_window on memory_recalls (tenant_id, run_id)`,
  `create table memory_embeddings (
    fragment_id uuid not null,
    model text not null,
    tenant_id text not null,
    version integer not null,
    vector bytea not null,
    created_at timestamp(3) with time zone not null,
    constraint memory_embeddings_pkey primary key (fragment_id, model)
  )`,
  `create table meta_prompts (
    id uuid not null,
    tenant_id text not null,
    agent text,
    family text not null,
    text text not null,
    text_hash text not null,
    parent_id uuid,
    wins integer not null default 0,
    losses integer not null default 0,
    status text not null,
    created_at timestamp(3) with time zone not null,
    updated_at timestamp(3) with time zone not null,
    constraint meta_prompts_pkey primary key (id)
  )`,
  `create unique index meta_prompts_text on meta_prompts (tenant_id, text_hash)`,
  `create unique index meta_prompts_best on meta_prompts (tenant_id, coalesce(agent, ''), family) where status = 'active'`,
  `create index meta_prompts_listing on meta_prompts (tenant_id, id)`,
];

const DOWN = [
  `drop table meta_prompts, memory_embeddings, memory_recalls, memory_experiences, memory_runs, memory_plans, memory_words,
    memory_heads, memory_fragment_versions`,
  `drop index memory_fragments_lineage, memory_fragments_runs, memory_fragments_activated, memory_fragments_listing,
    memory_fragments_newest, memory_fragments_staged, memory_fragments_recall`,
  `alter table memory_fragments drop column active_at, drop column reason, drop column lineage, drop column origin, drop column agent`,
];

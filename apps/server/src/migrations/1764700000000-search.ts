import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Searches for the best answer: the head with its budget and lease, the tree, the judgements, and the log of steps from
 * which all of them can be rebuilt.
 */
export class Search1764700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table searches (
      id uuid not null,
      tenant_id text not null,
      subject text not null,
      run_id uuid,
      step integer,
      status text not null,
      "end" text,
      query text not null,
      prompt text,
      memory boolean not null,
      seed integer not null,
      rules json not null,
      version integer not null,
      iteration integer not null,
      nodes_max integer not null,
      calls_max integer not null,
      tokens_max integer not null,
      nodes_used integer not null,
      calls_used integer not null,
      tokens_used integer not null,
      lease_owner text,
      lease_until timestamp(3) with time zone,
      idempotency_key text,
      payload_hash text,
      created_at timestamp(3) with time zone not null,
      updated_at timestamp(3) with time zone not null,
      constraint searches_pkey primary key (id),
      constraint searches_budget check (nodes_used <= nodes_max and calls_used <= calls_max and tokens_used <= tokens_max)
    )`);
    await runner.query(
      `create unique index searches_key on searches (tenant_id, subject, idempotency_key) where idempotency_key is not null`,
    );
    await runner.query(`create unique index searches_run on searches (run_id, step) where run_id is not null`);
    await runner.query(`create index searches_open on searches (tenant_id) where status = 'open'`);
    await runner.query(`create index searches_age on searches (updated_at)`);
    await runner.query(`create table search_nodes (
      search_id uuid not null,
      id uuid not null,
      tenant_id text not null,
      place integer not null,
      parent_id uuid,
      depth integer not null,
      answer text not null,
      answer_hash text not null,
      prompt_in text,
      prompt_out text,
      retrieved_ids uuid[] not null,
      verified text not null,
      n integer not null,
      duplicates integer not null,
      q_local double precision,
      q_global double precision,
      q0 double precision,
      q double precision,
      constraint search_nodes_pkey primary key (search_id, id)
    )`);
    await runner.query(`create unique index search_nodes_answer on search_nodes (search_id, answer_hash)`);
    await runner.query(`create table comparisons (
      id uuid not null,
      tenant_id text not null,
      search_id uuid not null,
      place integer not null,
      a uuid not null,
      b uuid not null,
      swapped boolean not null,
      criteria json not null,
      score_a double precision,
      score_b double precision,
      critique text not null,
      lessons json not null,
      evolved_prompt text,
      judge text,
      at timestamp(3) with time zone not null,
      constraint comparisons_pkey primary key (id)
    )`);
    await runner.query(`create unique index comparisons_pair on comparisons (search_id, a, b, swapped)`);
    await runner.query(`create table search_steps (
      search_id uuid not null,
      place integer not null,
      tenant_id text not null,
      key text not null,
      payload_hash text not null,
      fact json not null,
      answer json not null,
      tokens integer not null,
      at timestamp(3) with time zone not null,
      constraint search_steps_pkey primary key (search_id, place)
    )`);
    await runner.query(`create unique index search_steps_key on search_steps (search_id, key)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table search_steps, comparisons, search_nodes, searches');
  }
}

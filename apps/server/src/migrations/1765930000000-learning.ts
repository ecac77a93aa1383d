import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Outcomes of statements and actions, and the goal families in which they are counted. */
export class Learning1765930000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table memory_experiences drop column signature');
    await runner.query('alter table memory_fragments drop column retired');
    await runner.query('drop table memory_families, memory_action_outcomes, memory_statement_outcomes');
  }
}

const UP = [
  `create table memory_statement_outcomes (
    run_id uuid not null,
    statement text not null,
    tenant_id text not null,
    workspace text not null,
    truth boolean not null,
    created_at timestamp(3) with time zone not null,
    constraint memory_statement_outcomes_pkey primary key (run_id, statement)
  )`,
  `create index memory_statement_outcomes_newest on memory_statement_outcomes (tenant_id, workspace, statement, created_at)`,
  `create table memory_action_outcomes (
    run_id uuid not null,
    tenant_id text not null,
    workspace text not null,
    family text not null,
    signature text not null,
    success boolean not null,
    created_at timestamp(3) with time zone not null,
    constraint memory_action_outcomes_pkey primary key (run_id)
  )`,
  `create index memory_action_outcomes_newest on memory_action_outcomes (tenant_id, workspace, family, created_at)`,
  `create table memory_families (
    tenant_id text not null,
    key text not null,
    family text not null,
    goal text not null,
    run_id uuid,
    created_at timestamp(3) with time zone not null,
    constraint memory_families_pkey primary key (tenant_id, key)
  )`,
  `create index memory_families_newest on memory_families (tenant_id, created_at) where key = family`,
  `create index memory_families_family on memory_families (tenant_id, family)`,
  // The action that the run took; null: written by the previous version, or not an action that can be recognized in
  // other runs.
  `alter table memory_experiences add column signature text`,
  // Deleted by a rule, not by a person: it returns with its evidence.
  `alter table memory_fragments add column retired boolean not null default false`,
];

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Steps of model-planned runs, questions to people, costs of models, resolutions that reach other runs, calibrations.
 */
export class Planner1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `alter table runs add column model_planned boolean not null default false`,
  // Statements that a resolution in another run may refute. Read for waiting runs only, so they need no index.
  `alter table trees add column keys text[] not null default '{}'`,
  // Makes the runs that started before this migration reachable too.
  `update trees set keys = array(
      select assumption ->> 'key' from json_array_elements(tree -> 'assumptions') as assumption where assumption ->> 'resolved' is null
    ) from runs where runs.id = trees.run_id and runs.finished_at is null`,
  `create index runs_waiting on runs (tenant_id, workspace) where state = 'waiting'`,
  // The prediction at the time when the truth became known: calibration reads only this table.
  `alter table resolutions add column step integer`,
  `alter table resolutions add column key text`,
  `alter table resolutions add column key_truth boolean`,
  `alter table resolutions add column p double precision`,
  `alter table resolutions add column belief text`,
  `alter table resolutions add column workspace text`,
  // false: waiting runs with the same assumption have not been notified yet.
  `alter table resolutions add column spread boolean not null default true`,
  `create index resolutions_unspread on resolutions (created_at) where not spread`,
  `create index resolutions_recent on resolutions (tenant_id, workspace, created_at)`,
  `create index resolutions_belief on resolutions (tenant_id, belief)`,
  `create table questions (
    request_id text not null,
    tenant_id text not null,
    run_id uuid not null,
    step integer not null,
    action_id text not null,
    state text not null,
    request json not null,
    answer json,
    actor text,
    created_at timestamp(3) with time zone not null,
    expires_at timestamp(3) with time zone not null,
    resolved_at timestamp(3) with time zone,
    constraint questions_pkey primary key (request_id)
  )`,
  `create index questions_run on questions (run_id)`,
  `create index questions_pending on questions (expires_at) where state = 'pending'`,
  `create table steps (
    run_id uuid not null,
    step integer not null,
    tenant_id text not null,
    action json not null,
    outcome json not null,
    created_at timestamp(3) with time zone not null,
    constraint steps_pkey primary key (run_id, step)
  )`,
  `create table model_calls (
    id uuid not null,
    tenant_id text not null,
    run_id uuid not null,
    step integer not null,
    purpose text not null,
    provider text not null,
    model text not null,
    outcome text not null,
    input_tokens integer not null,
    output_tokens integer not null,
    cost_usd double precision not null,
    duration_ms integer not null,
    created_at timestamp(3) with time zone not null,
    constraint model_calls_pkey primary key (id)
  )`,
  `create index model_calls_run on model_calls (run_id)`,
  `create index model_calls_tenant on model_calls (tenant_id, created_at)`,
  `create table calibrations (
    tenant_id text not null,
    belief text not null,
    version integer not null,
    samples integer not null,
    points json not null,
    actor text not null,
    created_at timestamp(3) with time zone not null,
    constraint calibrations_pkey primary key (tenant_id, belief, version)
  )`,
];

const DOWN = [
  'drop table calibrations, model_calls, steps, questions',
  'drop index resolutions_belief, resolutions_recent, resolutions_unspread, runs_waiting',
  `alter table resolutions drop column spread, drop column workspace, drop column belief, drop column p,
    drop column key_truth, drop column key, drop column step`,
  'alter table trees drop column keys',
  'alter table runs drop column model_planned',
];

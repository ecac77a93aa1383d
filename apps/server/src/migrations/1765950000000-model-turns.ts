import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The conversation of a run with its model, turn by turn, and the tokens of a call that came from the provider's cache. */
export class ModelTurns1765950000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table model_turns (
      run_id uuid not null,
      step integer not null,
      tenant_id text not null,
      turn json not null,
      created_at timestamp(3) with time zone not null,
      constraint model_turns_pkey primary key (run_id, step)
    )`);
    await runner.query('alter table model_calls add column cached_tokens integer not null default 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table model_calls drop column cached_tokens');
    await runner.query('drop table model_turns');
  }
}

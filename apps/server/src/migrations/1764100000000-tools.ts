import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Calls of tools that clients host. Tool policies of tenants: a row for each version, so that former policies can be
 * read, and two changes never merge.
 */
export class Tools1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table tool_policies (
      tenant_id text not null,
      version integer not null,
      rules json not null,
      max_calls integer,
      actor text not null,
      updated_at timestamp(3) with time zone not null,
      constraint tool_policies_pkey primary key (tenant_id, version)
    )`);
    await runner.query(`create table client_calls (
      request_id text not null,
      tenant_id text not null,
      run_id uuid not null,
      step integer not null,
      call_id uuid not null,
      action_id text not null,
      diff_id uuid,
      state text not null,
      request json not null,
      output json,
      error text,
      actor text,
      created_at timestamp(3) with time zone not null,
      expires_at timestamp(3) with time zone not null,
      constraint client_calls_pkey primary key (request_id)
    )`);
    await runner.query(`create index client_calls_run on client_calls (run_id, step)`);
    await runner.query(`create index client_calls_pending on client_calls (expires_at) where state = 'pending'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table client_calls, tool_policies');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Calls through the MCP gateway. */
export class GatewayCalls1766300100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table gateway_calls (
      run_id uuid not null,
      tenant_id text not null,
      subject text not null,
      key text not null,
      args_hash text not null,
      is_key_given boolean not null,
      server text not null,
      tool text not null,
      client text not null,
      created_at timestamp(3) with time zone not null,
      collected_at timestamp(3) with time zone,
      constraint gateway_calls_pkey primary key (run_id)
    )`);
    await runner.query(`create unique index gateway_calls_current on gateway_calls (tenant_id, subject, key)
      where collected_at is null or is_key_given`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table gateway_calls');
  }
}

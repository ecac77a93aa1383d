import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Questions of coding agents. A replica of the previous version neither asks nor answers them. */
export class AgentPermissions1766100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table agent_permissions (
      approval_id uuid not null,
      tenant_id text not null,
      input_mac text not null,
      questions integer not null default 0,
      questions_seen integer not null default 0,
      question json,
      served_at timestamp(3) with time zone,
      is_served boolean not null default false,
      constraint agent_permissions_pkey primary key (approval_id)
    )`);
    await runner.query('create index agent_permissions_input on agent_permissions (tenant_id, input_mac)');
    await runner.query(`create table installation_keys (
      name text not null,
      secret bytea not null,
      constraint installation_keys_pkey primary key (name)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table installation_keys');
    await runner.query('drop table agent_permissions');
  }
}

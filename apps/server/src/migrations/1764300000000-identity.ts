import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys, and the authority of a run's requester (null for runs of an older version). */
export class Identity1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table api_keys (
      id uuid not null,
      tenant_id text not null,
      name text not null,
      subject text not null,
      scopes text[] not null,
      roles text[] not null,
      secret_hash text not null,
      created_by text not null,
      created_at timestamp(3) with time zone not null,
      expires_at timestamp(3) with time zone,
      last_used_at timestamp(3) with time zone,
      revoked_at timestamp(3) with time zone,
      revoked_by text,
      constraint api_keys_pkey primary key (id)
    )`);
    await runner.query('create index api_keys_listing on api_keys (tenant_id, id)');
    await runner.query('alter table runs add column authority json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table runs drop column authority');
    await runner.query('drop table api_keys');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One-time links of sessions for another device; any replica opens them. */
export class SessionLinks1766000400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table session_links (
      key_id uuid not null,
      tenant_id text not null,
      token_hash text not null,
      expires_at timestamp(3) with time zone not null,
      constraint session_links_pkey primary key (key_id)
    )`);
    await runner.query('create unique index session_links_token on session_links (token_hash)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table session_links');
  }
}

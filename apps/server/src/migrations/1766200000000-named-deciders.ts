import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Accounts at other providers and the subjects for which they decide; the key that signs such callbacks; the channel of
 * a vote and of a decision. A replica of the previous version ignores all of this and therefore refuses callbacks
 * signed with such a key.
 */
export class NamedDeciders1766200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `create table identities (
    id uuid not null,
    tenant_id text not null,
    provider text not null,
    external_id text not null,
    subject text not null,
    roles text[] not null,
    mapped_by text[] not null,
    created_by text not null,
    created_at timestamp(3) with time zone not null,
    constraint identities_pkey primary key (id)
  )`,
  'create unique index identities_account on identities (tenant_id, provider, external_id)',
  'create index identities_listing on identities (tenant_id, id)',
  'alter table webhook_endpoints add column callback_mapped_secret text',
  'alter table approval_votes add column via text',
  'alter table decisions add column via text',
];

const DOWN = [
  'alter table decisions drop column via',
  'alter table approval_votes drop column via',
  'alter table webhook_endpoints drop column callback_mapped_secret',
  'drop table identities',
];

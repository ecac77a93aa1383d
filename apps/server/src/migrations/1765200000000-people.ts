import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The people behind every credential and every vote: those who created a key or a webhook, and those who received its
 * secrets. Null: written by an older version; the audit names the people who rotated a secret before.
 */
export class People1765200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `alter table api_keys add column issuers text[]`,
  `alter table runs add column issuers text[]`,
  `alter table webhook_endpoints add column made_by text[], add column secret_by text[], add column previous_secret_by text[],
    add column callback_by text[]`,
  `alter table approval_votes add column issuers text[]`,
  `alter table approvals add column authors text[]`,
  `update webhook_endpoints endpoint set secret_by = array[rotated.by[1]],
      previous_secret_by = array[coalesce(rotated.by[2], endpoint.created_by)]
    from (select tenant_id, subject_id, array_agg(actor order by position desc) as by from audit_log
      where action = 'webhook.rotate' group by tenant_id, subject_id) rotated
    where rotated.tenant_id = endpoint.tenant_id and rotated.subject_id = endpoint.id::text`,
];

const DOWN = [
  `alter table approvals drop column authors`,
  `alter table approval_votes drop column issuers`,
  `alter table webhook_endpoints drop column callback_by, drop column previous_secret_by, drop column secret_by, drop column made_by`,
  `alter table runs drop column issuers`,
  `alter table api_keys drop column issuers`,
];

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The hash of an audit row in one expression: one function call per field took most of the time for which the head of
 * the chain is locked. `audit_field` stays for statements that run during the migration.
 */
export class AuditHash1766500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create or replace function audit_row_hash(entry audit_log) returns text language plpgsql stable as $$
      begin
        return encode(sha256(convert_to(${FIELDS.map(netstring).join(' || ')}, 'UTF8')), 'hex');
      end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`create or replace function audit_row_hash(entry audit_log) returns text language sql stable as $$
      select encode(sha256(convert_to(${FIELDS.map((field) => `audit_field(${field})`).join(' || ')}, 'UTF8')), 'hex') $$`);
  }
}

/** In the order of the encoding (docs/audit.md). */
const FIELDS = [
  `'assent-audit-1'`,
  'entry.tenant_id',
  'entry.position::text',
  'entry.previous_hash',
  'entry.id::text',
  'entry.action',
  'entry.actor',
  'entry.subject_type',
  'entry.subject_id',
  'entry.run_id::text',
  'entry.hash',
  'entry.policy_version',
  'entry.detail::text',
  `to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
];

/** `<bytes>:<text>,`, a null as `-,` */
function netstring(field: string): string {
  return `coalesce(octet_length(convert_to(${field}, 'UTF8')) || ':' || ${field}, '-') || ','`;
}
